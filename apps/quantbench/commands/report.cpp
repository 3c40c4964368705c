#include "quantbench/report/report.h"

#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "quantbench/base/file.h"
#include "quantbench/base/json.h"
#include "quantbench/command.h"

namespace quantbench::cli {

namespace {

store::RunResult read_result(std::filesystem::path path) {
  if (std::filesystem::is_directory(path)) path /= "results.json";
  return store::RunResult::from_json(read_json(path), path.string());
}

class Report : public Command {
 public:
  void add_to(CLI::App& app, Context&) const override {
    struct Options {
      std::string input;
      std::string format = "card";
      std::string output;
    };
    const auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("report", "Write the report of a run in another form");
    command->add_option("RUN", options->input, "Directory of a run, or its results.json")
        ->required();
    command->add_option("--format", options->format, join(report::layouts().names(), ", "))
        ->capture_default_str();
    command->add_option("-o,--output", options->output, "File to write (default: standard output)");
    command->callback([options] {
      const std::string text = report::render(read_result(options->input), options->format);
      if (options->output.empty()) {
        fmt::print("{}", text);
      } else {
        write_text(options->output, text);
      }
    });
  }
};

}  // namespace

void register_report(CommandRegistry& registry) {
  registry.add("report", std::make_unique<Report>());
}

}  // namespace quantbench::cli
