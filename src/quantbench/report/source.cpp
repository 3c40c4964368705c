#include "quantbench/report/source.h"

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/base/json.h"
#include "quantbench/base/text.h"
#include "quantbench/report/report.h"
#include "quantbench/store/database.h"

namespace quantbench::report {

namespace {

/// results.json is an object; no card begins with a brace.
bool is_json(std::string_view text) { return trim(text).starts_with('{'); }

std::filesystem::path results_below(const std::filesystem::path& directory) {
  const auto path = directory / "results.json";
  if (!std::filesystem::exists(path)) {
    throw Error("no results.json in this directory", directory.string(),
                "give a directory that `quantbench run --out` wrote");
  }
  return path;
}

}  // namespace

Document open_result(const std::string& name, const std::filesystem::path& store) {
  std::filesystem::path path = name;
  if (std::filesystem::is_directory(path)) path = results_below(path);
  if (std::filesystem::exists(path)) {
    const std::string text = read_text(path);
    if (!is_json(text)) return import_card(text, path.string()).result;
    return Document::from_json(parse_json(text, path.string()), path.string());
  }
  if (!std::filesystem::exists(store)) {
    throw Error("no such file or directory, and there is no result store either", name,
                "looked for the store at " + store.string());
  }
  return store::Database(store, store::Access::kRead).load_run(name);
}

}  // namespace quantbench::report
