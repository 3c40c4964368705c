#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <string>

#include "cli/command.h"
#include "cli/output.h"
#include "cli/run_argument.h"
#include "cli/store_option.h"
#include "cli/terminal.h"
#include "quantbench/base/error.h"
#include "quantbench/base/utf8.h"
#include "quantbench/report/run_comparison_text.h"
#include "quantbench/report/source.h"

namespace quantbench::cli {

namespace {

std::string comparison_text(const analysis::RunComparison& comparison) {
  const auto [before, after] = report::sides(comparison);
  TextTable times{{{"row"},
                   {"batch x length"},
                   {before + " ms", Align::kRight},
                   {after + " ms", Align::kRight},
                   {"ratio", Align::kRight},
                   {"95 % interval"},
                   {"verdict"}},
                  {}};
  for (const analysis::TimeChange& one : comparison.times) {
    times.rows.push_back({one.row, fmt::format("{} x {}", one.batch_size, one.input_length),
                          fmt::format("{:.2f}", one.before), fmt::format("{:.2f}", one.after),
                          fmt::format("{:.3f}", one.ratio.value), report::interval_text(one.ratio),
                          one.regression       ? "regression"
                          : one.inconclusive() ? "inconclusive"
                                               : ""});
  }
  TextTable figures{{{"row"},
                     {"metric"},
                     {before, Align::kRight},
                     {after, Align::kRight},
                     {"change", Align::kRight},
                     {"verdict"}},
                    {}};
  for (const analysis::FigureChange& one : comparison.figures) {
    figures.rows.push_back({one.row, one.metric, fmt::format("{:.4f}", one.before),
                            fmt::format("{:.4f}", one.after),
                            fmt::format("{:+.4f}", one.after - one.before),
                            one.regression ? "regression"
                            : one.judged   ? ""
                                           : "not judged"});
  }
  TextTable streams{{{"row"},
                     {"load"},
                     {before + " samples/s", Align::kRight},
                     {after + " samples/s", Align::kRight},
                     {"ratio", Align::kRight},
                     {before + " p99 ms", Align::kRight},
                     {after + " p99 ms", Align::kRight},
                     {"verdict"}},
                    {}};
  for (const analysis::ThroughputChange& one : comparison.throughputs) {
    streams.rows.push_back({one.row, report::load_text(one.load), fmt::format("{:.1f}", one.before),
                            fmt::format("{:.1f}", one.after), fmt::format("{:.3f}", one.ratio()),
                            fmt::format("{:.2f}", one.latency_99_before),
                            fmt::format("{:.2f}", one.latency_99_after),
                            one.regression ? "regression" : ""});
  }
  std::string out;
  if (!times.rows.empty()) out += times.render() + "\n";
  if (!streams.rows.empty()) out += streams.render() + "\n";
  if (!figures.rows.empty()) out += figures.render() + "\n";
  for (const std::string& text : comparison.broken) out += "regression: " + text + "\n";
  for (const std::string& text : report::inconclusive_lines(comparison))
    out += "inconclusive: " + text + "\n";
  for (const std::string& text : comparison.notes) out += "note: " + text + "\n";
  return out + report::verdict(comparison) + "\n";
}

struct CompareArguments {
  std::string before;
  std::string after;
  bool against_original = false;
  std::string format = "table";
  std::string store;
  std::string output;
  std::string max_latency_regression = "5%";
  std::string max_latency = "100%";
  std::string max_metric_drop = "0.01";
  std::string max_throughput_drop;
  std::string min_throughput;
};

/// Of two runs, or of one run with its originals.
analysis::RunComparison compared(const CompareArguments& options,
                                 const std::filesystem::path& store) {
  const auto max_drop = analysis::Allowance::parse(options.max_metric_drop, "--max-metric-drop");
  const auto before = report::open_result(options.before, store);
  if (options.against_original) {
    analysis::OriginalLimits limits{analysis::parse_ratio(options.max_latency, "--max-latency"),
                                    max_drop};
    if (!options.min_throughput.empty()) {
      limits.min_throughput = analysis::parse_ratio(options.min_throughput, "--min-throughput");
    }
    return analysis::compare_with_own_originals(before, limits);
  }
  analysis::Thresholds thresholds{
      analysis::Allowance::parse_share(options.max_latency_regression, "--max-latency-regression"),
      max_drop};
  if (!options.max_throughput_drop.empty()) {
    thresholds.max_throughput_drop =
        analysis::Allowance::parse_share(options.max_throughput_drop, "--max-throughput-drop");
  }
  return analysis::compare_runs(before, report::open_result(options.after, store), thresholds);
}

/// Two runs, or one and --against-original; options that belong to the other are refused.
void check_form(const CLI::App& command, const CompareArguments& options) {
  const auto refuse_given = [&](const std::string& option, const std::string& hint) {
    if (command.get_option(option)->count() > 0)
      throw Error("does not go with " + std::string(options.against_original
                                                        ? "--against-original"
                                                        : "the comparison of two runs"),
                  option, hint);
  };
  if (options.against_original) {
    if (!options.after.empty())
      throw Error("--against-original takes one run, but there are two", "AFTER",
                  "it compares the rows of a run with their originals");
    refuse_given("--max-latency-regression",
                 "--max-latency 105% allows 5 % more than the original");
    refuse_given("--max-throughput-drop", "--min-throughput 95% allows 5 % less than the original");
    return;
  }
  if (options.after.empty())
    throw Error("the second run is missing", "AFTER",
                "compare BEFORE AFTER, or compare RUN --against-original");
  refuse_given("--max-latency", "--max-latency-regression limits how much a latency may grow");
  refuse_given("--min-throughput", "--max-throughput-drop limits how much a throughput may fall");
}

class Compare : public Command {
 public:
  void add_to(CLI::App& app, Context& context) const override {
    const auto options = std::make_shared<CompareArguments>();
    CLI::App* command = app.add_subcommand(
        "compare",
        "Compare two runs row by row, or a run's rows with their originals; exit status 4: a "
        "regression, 6: too noisy to tell");
    command->add_option("BEFORE", options->before, kRunHelp)->required();
    command->add_option("AFTER", options->after, "The run to compare with it");
    command->add_flag("--against-original", options->against_original,
                      "Compare the quantized rows of one run with their originals");
    command
        ->add_option("--max-latency-regression", options->max_latency_regression,
                     "How much a mean latency may grow: 5% or 0.05")
        ->capture_default_str();
    command
        ->add_option("--max-latency", options->max_latency,
                     "With --against-original: the longest latency, as a share of the original's: "
                     "80% or 0.8")
        ->capture_default_str();
    command
        ->add_option("--max-metric-drop", options->max_metric_drop,
                     "How much a metric may get worse: 0.01 is one point (0.01 of accuracy, 1 of a "
                     "metric in "
                     "per cent), 1% a share of the value before")
        ->capture_default_str();
    command->add_option("--max-throughput-drop", options->max_throughput_drop,
                        "How much the throughput of concurrent streams may fall: 10% or 0.1 "
                        "(default: no limit, because it has no interval)");
    command->add_option("--min-throughput", options->min_throughput,
                        "With --against-original: the lowest throughput of concurrent streams, as "
                        "a share of the original's: 120% or 1.2 (default: no limit)");
    command->add_option("--format", options->format, "table, markdown (for a pull request), json")
        ->check(CLI::IsMember({"table", "markdown", "json"}))
        ->capture_default_str();
    command->add_option("-o,--output", options->output, "File to write (default: standard output)");
    add_store_option(*command, options->store);
    command->callback([options, command, &context] {
      check_form(*command, *options);
      const auto store = chosen_store(options->store);
      FileRoles roles;
      add_run_inputs(roles, options->before, store);
      if (!options->after.empty()) add_run_inputs(roles, options->after, store);
      roles.writes(options->output, "--output");
      const auto comparison = compared(*options, store);
      const std::string text =
          options->format == "table"      ? visible_lines(comparison_text(comparison))
          : options->format == "markdown" ? report::comparison_markdown(comparison)
                                          : to_lines(report::comparison_json(comparison)) + "\n";
      write_output(text, options->output);
      if (comparison.inconclusive() > 0) context.status = kInconclusive;
      if (comparison.regressions() > 0) context.status = kRegression;
    });
  }
};

}  // namespace

void register_compare(CommandRegistry& registry) {
  registry.add("compare", std::make_unique<Compare>());
}

}  // namespace quantbench::cli
