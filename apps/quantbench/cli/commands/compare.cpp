#include <fmt/format.h>

#include <memory>

#include "cli/command.h"
#include "cli/output.h"
#include "cli/run_argument.h"
#include "cli/store_option.h"
#include "cli/terminal.h"
#include "quantbench/base/utf8.h"
#include "quantbench/report/run_comparison_text.h"
#include "quantbench/report/source.h"

namespace quantbench::cli {

namespace {

std::string comparison_text(const analysis::RunComparison& comparison) {
  TextTable times{{{"row"},
                   {"batch x length"},
                   {"before ms", Align::kRight},
                   {"after ms", Align::kRight},
                   {"ratio", Align::kRight},
                   {"95 % interval"},
                   {"verdict"}},
                  {}};
  for (const analysis::TimeChange& one : comparison.times) {
    times.rows.push_back({one.row, fmt::format("{} x {}", one.batch_size, one.input_length),
                          fmt::format("{:.2f}", one.before), fmt::format("{:.2f}", one.after),
                          fmt::format("{:.3f}", one.ratio.value), report::interval_text(one.ratio),
                          one.regression ? "regression" : ""});
  }
  TextTable figures{{{"row"},
                     {"metric"},
                     {"before", Align::kRight},
                     {"after", Align::kRight},
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
  std::string out;
  if (!times.rows.empty()) out += times.render() + "\n";
  if (!figures.rows.empty()) out += figures.render() + "\n";
  for (const std::string& text : comparison.broken) out += "regression: " + text + "\n";
  for (const std::string& text : comparison.notes) out += "note: " + text + "\n";
  return out + report::verdict(comparison) + "\n";
}

class Compare : public Command {
 public:
  void add_to(CLI::App& app, Context& context) const override {
    struct Options {
      std::string before;
      std::string after;
      std::string format = "table";
      std::string store;
      std::string output;
      std::string max_latency_regression = "5%";
      std::string max_metric_drop = "0.01";
    };
    const auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand(
        "compare", "Compare two runs row by row; exit status 4 when the second is a regression");
    command->add_option("BEFORE", options->before, kRunHelp)->required();
    command->add_option("AFTER", options->after, kRunHelp)->required();
    command
        ->add_option("--max-latency-regression", options->max_latency_regression,
                     "How much a mean latency may grow: 5% or 0.05")
        ->capture_default_str();
    command
        ->add_option("--max-metric-drop", options->max_metric_drop,
                     "How much a metric may get worse: 0.01 is one point (0.01 of accuracy, 1 of a "
                     "metric in "
                     "per cent), 1% a share of the value before")
        ->capture_default_str();
    command->add_option("--format", options->format, "table, markdown (for a pull request), json")
        ->check(CLI::IsMember({"table", "markdown", "json"}))
        ->capture_default_str();
    command->add_option("-o,--output", options->output, "File to write (default: standard output)");
    add_store_option(*command, options->store);
    command->callback([options, &context] {
      const analysis::Thresholds thresholds{
          analysis::Allowance::parse_share(options->max_latency_regression,
                                           "--max-latency-regression"),
          analysis::Allowance::parse(options->max_metric_drop, "--max-metric-drop")};
      const auto store = chosen_store(options->store);
      FileRoles roles;
      add_run_inputs(roles, options->before, store);
      add_run_inputs(roles, options->after, store);
      roles.writes(options->output, "--output");
      const auto before = report::open_result(options->before, store);
      const auto after = report::open_result(options->after, store);
      const auto comparison = analysis::compare_runs(before, after, thresholds);
      const std::string text =
          options->format == "table"      ? visible_lines(comparison_text(comparison))
          : options->format == "markdown" ? report::comparison_markdown(comparison)
                                          : to_lines(report::comparison_json(comparison)) + "\n";
      write_output(text, options->output);
      if (comparison.regressions() > 0) context.status = kRegression;
    });
  }
};

}  // namespace

void register_compare(CommandRegistry& registry) {
  registry.add("compare", std::make_unique<Compare>());
}

}  // namespace quantbench::cli
