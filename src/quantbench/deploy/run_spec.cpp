#include "quantbench/deploy/run_spec.h"

#include <optional>
#include <system_error>

#include "quantbench/base/error.h"
#include "quantbench/report/result_spec.h"

namespace quantbench::deploy {

namespace fs = std::filesystem;

namespace {

/// The spec.yaml that `quantbench run` wrote beside these results; empty without such a file.
fs::path spec_beside(const fs::path& run) {
  std::error_code ignored;
  if (!fs::exists(run, ignored)) return {};
  const fs::path spec = (fs::is_directory(run, ignored) ? run : run.parent_path()) / "spec.yaml";
  return fs::exists(spec, ignored) ? spec : fs::path();
}

/// The commit of a source of the Hub; nullopt: the run had a local one.
std::optional<std::string> commit_of(const store::RunResult& result, const char* source) {
  const Json found = result.sources.value(source, Json());
  if (!found.is_object() || !found.contains("commit")) return std::nullopt;
  return found.at("commit").get<std::string>();
}

bool exists(const std::string& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

}  // namespace

spec::Spec spec_of_run(const report::Document& result, const std::string& run,
                       const std::vector<std::string>& overrides) {
  const fs::path written = spec_beside(run);
  if (!written.empty()) return spec::load(written, overrides);
  return spec::parse(report::spec_of_result(result), "the spec of run " + run, overrides);
}

spec::Spec at_commits_of(const store::RunResult& result, spec::Spec spec) {
  const auto model = commit_of(result, "model");
  if (model && !exists(spec.name_or_path)) spec.revision = *model;
  const auto dataset = commit_of(result, "dataset");
  if (dataset && !exists(spec.dataset.path)) spec.dataset.revision = *dataset;
  return spec;
}

void require_model(const store::RunResult& result, const spec::Spec& spec) {
  if (exists(spec.name_or_path) || commit_of(result, "model")) return;
  throw Error("the model of the run is not here", spec.model_key + ": " + spec.name_or_path,
              "go to where the run was made, or add --set " + spec.model_key + "=DIRECTORY");
}

}  // namespace quantbench::deploy
