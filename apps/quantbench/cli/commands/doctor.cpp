#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>

#include "cli/command.h"
#include "cli/output.h"
#include "cli/store_option.h"
#include "quantbench/measure/fitness.h"
#include "quantbench/measure/machine.h"

namespace quantbench::cli {

namespace {

using measure::Finding;

struct DoctorOptions {
  std::string store;
  std::string cache;
  bool json = false;
};

const char* word_for(Finding::Level level) {
  switch (level) {
    case Finding::Level::kOk:
      return "ok";
    case Finding::Level::kWarning:
      return "warning";
    case Finding::Level::kUnknown:
      return "unknown";
  }
  return "";
}

void print_findings(const std::vector<measure::NamedFinding>& findings) {
  std::size_t width = 0;
  for (const auto& [check, finding] : findings) width = std::max(width, check.size());
  std::size_t warnings = 0;
  for (const auto& [check, finding] : findings) {
    print("{:<9}{:<{}}{}\n", word_for(finding.level), check, width + 2, finding.text);
    if (finding.level == Finding::Level::kWarning) ++warnings;
    if (!finding.remedy.empty()) print("{:<{}}-> {}\n", "", width + 11, finding.remedy);
  }
  if (warnings == 0) {
    print("\nThis machine is fit for measuring.\n");
  } else {
    print("\n{} warning{}. Timings here are noisier, or slower, than they have to be.\n", warnings,
          warnings == 1 ? "" : "s");
  }
}

class Doctor : public Command {
 public:
  void add_to(CLI::App& app, Context&) const override {
    const auto options = std::make_shared<DoctorOptions>();
    CLI::App* command = app.add_subcommand(
        "doctor", "Say whether this machine is fit for measuring, and what to change");
    command->add_flag("--json", options->json, "Print the findings as JSON");
    add_store_option(*command, options->store);
    add_cache_option(*command, options->cache);
    command->callback([options] {
      measure::MachineView::Sources sources;
      sources.directories = {chosen_cache(options->cache),
                             chosen_store(options->store).parent_path()};
      const auto findings = measure::check_machine(measure::MachineView(std::move(sources)));
      if (!options->json) return print_findings(findings);
      const Json all = {{"machine", measure::machine_facts()},
                        {"checks", measure::to_json(findings)}};
      print_text(all.dump(2) + "\n");
    });
  }
};

}  // namespace

void register_doctor(CommandRegistry& registry) {
  registry.add("doctor", std::make_unique<Doctor>());
}

}  // namespace quantbench::cli
