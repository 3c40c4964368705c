#include <memory>

#include "cli/command.h"
#include "quantbench/execute/run.h"

namespace quantbench::cli {

namespace {

/// Hidden: a run starts it for one stage in a process of its own.
class Worker : public Command {
 public:
  void add_to(CLI::App& app, Context& context) const override {
    app.add_subcommand("worker", "Run one stage of a benchmark")->group("")->callback([&context] {
      context.status = execute::worker_main();
    });
  }
};

}  // namespace

void register_worker(CommandRegistry& registry) {
  registry.add("worker", std::make_unique<Worker>());
}

}  // namespace quantbench::cli
