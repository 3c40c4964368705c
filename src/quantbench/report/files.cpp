#include "quantbench/report/files.h"

#include <functional>
#include <utility>

#include "quantbench/base/file.h"
#include "quantbench/report/registry.h"
#include "quantbench/report/report.h"
#include "quantbench/report/result_spec.h"

namespace quantbench::report {

namespace {

constexpr const char* kCard = "README.md";
constexpr const char* kSpec = "spec.yaml";

/// Calls `add` with the name of each file and the format that it has: files for programs, or files
/// for people.
void each_format(
    bool for_people,
    const std::function<void(const std::string& file, const std::string& format)>& add) {
  for (const std::string& format : layouts().names()) {
    const auto file = layouts().get(format).run_file();
    if (file && file->for_people == for_people) add(file->name, format);
  }
}

}  // namespace

std::vector<std::filesystem::path> files_in(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> paths = {directory / kCard, directory / kSpec};
  for (const bool for_people : {false, true}) {
    each_format(for_people, [&](const std::string& file, const std::string&) {
      paths.push_back(directory / file);
    });
  }
  return paths;
}

std::vector<std::filesystem::path> write_files(const Document& result,
                                               const std::filesystem::path& directory,
                                               const std::string& spec_yaml) {
  std::vector<std::pair<std::filesystem::path, std::string>> files;
  const auto add = [&](const std::string& file, const std::string& format) {
    files.emplace_back(directory / file, render(result, format));
  };
  add(kCard, "card");
  each_format(/*for_people=*/false, add);
  files.emplace_back(directory / kSpec, spec_yaml.empty() ? spec_of_result(result) : spec_yaml);
  each_format(/*for_people=*/true, add);
  std::vector<std::filesystem::path> paths;
  for (const auto& [path, text] : files) {
    write_text(path, text);
    paths.push_back(path);
  }
  return paths;
}

std::filesystem::path to_open(const std::filesystem::path& directory) {
  std::filesystem::path path = directory / kCard;
  each_format(/*for_people=*/true, [&](const std::string& file, const std::string&) {
    if (std::filesystem::exists(directory / file)) path = directory / file;
  });
  return path;
}

}  // namespace quantbench::report
