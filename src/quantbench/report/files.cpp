#include "quantbench/report/files.h"

#include <utility>

#include "quantbench/base/file.h"
#include "quantbench/report/html/assets.h"
#include "quantbench/report/report.h"
#include "quantbench/report/result_spec.h"

namespace quantbench::report {

std::vector<std::filesystem::path> files_in(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> paths;
  for (const char* name : {"README.md", "results.json", "spec.yaml", "report.html"}) {
    paths.push_back(directory / name);
  }
  return paths;
}

std::vector<std::filesystem::path> write_files(const Document& result,
                                               const std::filesystem::path& directory,
                                               const std::string& spec_yaml) {
  std::vector<std::pair<std::filesystem::path, std::string>> files;
  files.emplace_back(directory / "README.md", render(result, "card"));
  files.emplace_back(directory / "results.json", render(result, "json"));
  files.emplace_back(directory / "spec.yaml",
                     spec_yaml.empty() ? spec_of_result(result) : spec_yaml);
  if (html::has_charts()) files.emplace_back(directory / "report.html", render(result, "html"));
  std::vector<std::filesystem::path> paths;
  for (const auto& [path, text] : files) {
    write_text(path, text);
    paths.push_back(path);
  }
  return paths;
}

std::filesystem::path to_open(const std::filesystem::path& directory) {
  const auto page = directory / "report.html";
  return std::filesystem::exists(page) ? page : directory / "README.md";
}

}  // namespace quantbench::report
