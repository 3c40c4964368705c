#include <memory>

#include "cli/command.h"
#include "cli/output.h"
#include "cli/store_option.h"
#include "quantbench/store/database.h"

namespace quantbench::cli {

namespace {

class Rm : public Command {
 public:
  void add_to(CLI::App& app, Context&) const override {
    struct Options {
      std::vector<std::string> runs;
      std::string store;
    };
    const auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand(
        "rm", "Remove runs from the result store; their measurements stay for other runs");
    command->add_option("RUN", options->runs, "Ids, or unique prefixes of them")->required();
    add_store_option(*command, options->store);
    command->callback([options] {
      const auto path = chosen_store(options->store);
      if (!std::filesystem::exists(path)) throw Error("no such result store", path.string());
      store::Database database(path);
      // All of them or, when one does not exist, none.
      std::vector<std::string> ids;
      for (const std::string& run : options->runs) ids.push_back(database.load_run(run).run_id);
      for (const std::string& id : ids) {
        database.remove_run(id);
        print("removed {}\n", id);
      }
    });
  }
};

}  // namespace

void register_rm(CommandRegistry& registry) { registry.add("rm", std::make_unique<Rm>()); }

}  // namespace quantbench::cli
