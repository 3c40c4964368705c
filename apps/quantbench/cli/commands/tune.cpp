#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "cli/benchmark.h"
#include "cli/command.h"
#include "cli/deployment.h"
#include "cli/hub_access.h"
#include "cli/model_argument.h"
#include "cli/output.h"
#include "cli/parameter_flags.h"
#include "cli/store_option.h"
#include "quantbench/analysis/allowance.h"
#include "quantbench/base/error.h"
#include "quantbench/base/text.h"
#include "quantbench/execute/strategy.h"
#include "quantbench/search/discover.h"
#include "quantbench/search/tuning_spec.h"

namespace quantbench::cli {

namespace {

/// Below --out: where the chosen model goes, and samples with the original's predictions.
constexpr const char* kModelDirectory = "model";
constexpr const char* kAgreementDirectory = "agreement";

/// The strategy of a spec that this command runs.
constexpr const char* kStrategy = "tune";

struct Arguments {
  search::Question question;
  std::optional<std::int64_t> max_samples;
  ParameterFlags goal{execute::strategies().get(kStrategy).parameters()};
  std::string inputs;
  std::vector<std::string> data_keys;
  std::vector<std::string> overrides;
  BenchmarkOptions benchmark;
};

/// All that is missing, on one line.
void require_arguments(const Arguments& given) {
  std::vector<std::string> missing;
  if (given.question.model.empty()) missing.emplace_back("MODEL");
  const std::string& dataset = given.question.dataset;
  if (dataset.empty() && given.inputs.empty()) missing.emplace_back("--dataset DATA");
  if (given.benchmark.out.path.empty()) missing.emplace_back("--out DIR");
  if (!dataset.empty() && !given.inputs.empty()) {
    throw Error("both --dataset and --inputs are given", "tune",
                "--dataset for samples with labels, --inputs for samples without");
  }
  if (missing.empty()) return;
  throw Error(
      "missing " + join(missing, ", "), "tune",
      "quantbench tune MODEL --dataset DATA --out DIR; for samples without labels: --inputs "
      "DATA in place of --dataset");
}

/// Columns are given by name of the data key, "primary=sentence", or in the order of the keys.
void set_columns(const std::vector<std::string>& given, search::Question& question) {
  for (const std::string& one : given) {
    if (one.find('=') == std::string::npos) {
      question.columns.push_back(one);
      continue;
    }
    const auto [key, column] =
        split_pair(one, "KEY=COLUMN", "--data-keys", "primary=sentence, say");
    question.data_keys[key] = column;
  }
}

/// Files of the chosen model must not replace what the command reads. Throws Error.
void require_model_place(const Arguments& given, const OutputDirectory& deployed) {
  FileRoles roles;
  roles.reads(given.question.model, "MODEL");
  roles.reads(given.question.dataset, given.inputs.empty() ? "--dataset" : "--inputs");
  std::vector<std::filesystem::path> files;
  for (const std::string& name : deploy::possible_files()) files.push_back(deployed.path / name);
  require_outputs(deployed, files, roles);
}

/// The accepted loss, and where it is from. Throws Error.
search::Finding budget_of(const Json& goal, const search::Discovery& found) {
  const std::string what = "max drop";
  if (goal.contains("max_drop")) {
    const auto given = goal["max_drop"].get<std::string>();
    analysis::Allowance::parse(given, "--max-drop");
    return {what, given, "as given"};
  }
  if (found.point > 0) {
    return {what, fmt::format("{:g}", found.point), "one point of " + found.figure};
  }
  throw Error(found.figure + " has no scale that says how large a loss is small", "--max-drop",
              "--max-drop NUMBER, in the unit of " + found.figure + ", or a share such as 1%");
}

/// Whether the directory holds what an interrupted search of this command left there: a result
/// that says so, or labelled samples alone.
bool holds_unfinished(const std::filesystem::path& directory) {
  const auto file = directory / "results.json";
  std::error_code ignored;
  std::size_t entries = 0;
  for (std::filesystem::directory_iterator entry(directory, ignored), end; entry != end;
       entry.increment(ignored)) {
    ++entries;
  }
  if (entries == 1 && std::filesystem::is_directory(directory / kAgreementDirectory, ignored)) {
    return true;
  }
  if (!std::filesystem::is_regular_file(file, ignored)) return false;
  const Json result = read_json(file);
  const auto tuning = result.find("tuning");
  return tuning != result.end() && tuning->is_object() &&
         !value_or<bool>(*tuning, "finished", true, file.string());
}

class Tune : public Command {
 public:
  void add_to(CLI::App& app, Context& context) const override {
    const auto options = std::make_shared<Arguments>();
    CLI::App* command = app.add_subcommand(
        "tune", "Find the fastest model within an accuracy budget, and prove it on other samples");
    add_question(*command, *options);
    options->goal.add_to(*command, [](const Parameter&) { return std::string(); });
    options->benchmark.out.add_to(
        *command,
        "model/ (as `quantbench deploy` writes it), README.md (the card), results.json, "
        "spec.yaml and report.html");
    command->get_option("--out")->required(false);  // require_arguments says more
    add_benchmark_options(*command, options->benchmark);
    command
        ->add_option("--set", options->overrides,
                     "Replace a key of the spec that is made: key=value or key.sub=value")
        ->expected(1)
        ->take_all();
    command->callback([options, &context] { run(*options, context); });
  }

 private:
  static void add_question(CLI::App& command, Arguments& options) {
    search::Question& question = options.question;
    command.add_option("MODEL", question.model,
                       "Hugging Face model or ONNX file: a directory, a file or a name of the Hub");
    const auto add = [&](const char* names, auto& value, const char* help) {
      return command.add_option(names, value, help);
    };
    add("--dataset", question.dataset,
        "Data set with labels: a file, a directory or a name of the Hub");
    add("--inputs", options.inputs,
        "In place of --dataset: samples without labels. The loss is then disagreement with the "
        "original's predictions, which says less than accuracy");
    add("--name", question.configuration, "Configuration of the data set");
    add("--revision", question.revision, "Branch, tag or commit of a model of the Hub");
    add("--dataset-revision", question.dataset_revision,
        "Branch, tag or commit of a data set of the Hub");
    add("--file-name", question.file_name, "ONNX file of the directory or repository");
    add_task_option(command, question.task, "Task of the model");
    add("--data-keys,--columns", options.data_keys,
        "Columns of the samples, comma separated: primary=sentence (default: found by name)")
        ->delimiter(',');
    add("--label,--ref-keys", question.label, "Column of the label (default: found by name)");
    add("--split", question.split,
        "Split to search and confirm on (default: validation, test, or the only one)");
    add("--calibration-split", question.calibration_split,
        "Split for calibration (default: train, or another one than --split)");
    add("--max-samples", options.max_samples, "Most samples of the split (default: all)")
        ->check(CLI::PositiveNumber);
  }

  static void run(Arguments& options, Context& context) {
    require_arguments(options);
    BenchmarkOptions& benchmark = options.benchmark;
    bool has_model = holds_unfinished(benchmark.out.path);
    if (has_model) benchmark.out.overwrite = true;
    if (!options.inputs.empty()) options.question.dataset = options.inputs;
    OutputDirectory deployed = benchmark.out;
    deployed.path /= kModelDirectory;
    std::error_code ignored;
    // No input lies in a directory that is still to be made.
    if (std::filesystem::exists(benchmark.out.path, ignored)) {
      FileRoles roles;
      require_outputs(benchmark.out, {}, roles);
      require_model_place(options, deployed);
    }
    const Json goal = options.goal.values();
    options.question.metric = goal.value("metric", std::string());
    set_columns(options.data_keys, options.question);
    if (!options.inputs.empty()) prepare_agreement(options);
    const search::Discovery found = discover(options.question);
    for (const search::Finding& finding : found.findings) print("{}\n", finding.line());
    print("{}\n\n", budget_of(goal, found).line());
    const std::string text =
        search::tuning_spec(options.question, found, {kStrategy, goal, options.max_samples});
    const spec::Spec spec = spec::parse(text, "spec of tune", options.overrides);
    benchmark.on_better = [&](const store::RunResult& result) {
      const report::Document document(result);
      deploy::write(request_for(document, spec, deployed.path, benchmark));
      has_model = true;
    };
    const auto made = run_benchmark(spec, benchmark, {}, context);
    // Without a result it goes on without this command; `deploy` does the rest.
    if (!made) return;
    if (context.status != kOutsideBudget) {
      deploy_row(request_for(report::Document(*made), spec, deployed.path, benchmark));
    } else if (has_model) {
      deploy::remove_deployed(deployed.path);  // it was the best before the proof
    }
  }

  /// The samples with labels are files of --out.
  static void prepare_agreement(Arguments& options) {
    OutputDirectory& out = options.benchmark.out;
    FileRoles roles;
    roles.reads(options.question.model, "MODEL");
    roles.reads(options.inputs, "--inputs", FileRoles::Depth::kAllBelow);
    require_writable(out, roles);
    out.overwrite = true;  // from here on what is in it is of this command
    const auto directory = out.path / kAgreementDirectory;
    std::filesystem::create_directories(directory);
    options.question.labelled = directory / "samples.jsonl";
    options.question.max_samples = options.max_samples;
  }

  static search::Discovery discover(const search::Question& question) {
    search::Discovery found;
    with_hub_options(
        [&](const std::function<hub::Options()>& hub) { found = search::discover(question, hub); });
    return found;
  }

  static deploy::Request request_for(const report::Document& result, const spec::Spec& spec,
                                     const std::filesystem::path& directory,
                                     const BenchmarkOptions& places) {
    return {result,    best_row(result),
            spec,      deploy::Layout::kOptimum,
            directory, options_of(chosen_store(places.store), chosen_cache(places.cache))};
  }
};

}  // namespace

void register_tune(CommandRegistry& registry) { registry.add("tune", std::make_unique<Tune>()); }

}  // namespace quantbench::cli
