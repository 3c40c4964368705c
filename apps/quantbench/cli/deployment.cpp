#include "cli/deployment.h"

#include <string>
#include <utility>
#include <vector>

#include "cli/output.h"
#include "cli/progress_display.h"
#include "cli/result_table.h"
#include "quantbench/analysis/answer.h"
#include "quantbench/analysis/row_name.h"
#include "quantbench/base/error.h"
#include "quantbench/base/staged_directory.h"
#include "quantbench/base/text.h"

namespace quantbench::cli {

void require_place(const OutputDirectory& out, const spec::Spec& spec, FileRoles inputs) {
  inputs.reads(spec.name_or_path, "model");
  inputs.reads(spec.dataset.path, "data set");
  std::vector<std::filesystem::path> files;
  for (const std::string& name : deploy::possible_files()) files.push_back(out.path / name);
  require_outputs(out, files, inputs);
  const StagedDirectory probe(out.path);  // a place that cannot be written
}

execute::Options options_of(const std::filesystem::path& store,
                            const std::filesystem::path& cache) {
  execute::Options options;
  options.store = store;
  options.cache = cache;
  return options;
}

void deploy_row(deploy::Request request) {
  deploy::Deployed deployed;
  {
    ProgressDisplay progress;
    request.options.on_event = [&](const execute::Event& event) { progress.show(event); };
    request.options.on_download = [&](const hub::DownloadProgress& download) {
      progress.show(download);
    };
    deployed = deploy::write(request);
  }
  const std::string directory = request.directory.string();
  std::vector<report::AnswerLine> lines = {
      {"wrote", directory + ": " + join(deployed.files, ", ")}};
  for (const std::string& line : deployed.loading)
    lines.push_back({lines.size() == 1 ? "load" : "", line});
  lines.push_back({"", "other programs: see " + (request.directory / "README.md").string()});
  // Lines of code stay whole.
  constexpr std::size_t kUnlimited = 1 << 20;
  print("{}", labelled(lines, kUnlimited));
}

std::size_t best_row(const store::RunResult& result) {
  const auto answer = analysis::answer(result);
  const std::string hint = "`quantbench deploy RUN ROW --out DIR` deploys a row that you choose";
  if (result.tuning && (!answer || !answer->within)) {
    throw Error("nothing is deployed: the search knows no model within its budget", "--deploy-best",
                hint);
  }
  if (!answer) {
    throw Error("nothing is deployed: no quantized row was timed beside an original",
                "--deploy-best", hint);
  }
  if (!answer->within) {
    throw Error("nothing is deployed: every quantized row loses more of " + answer->figure +
                    " than the answer accepts",
                "--deploy-best", hint);
  }
  return answer->choice.row;
}

}  // namespace quantbench::cli
