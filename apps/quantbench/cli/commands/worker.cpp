#include <memory>

#include "cli/command.h"
#include "quantbench/engine/engine.h"

namespace quantbench::cli {

namespace {

/// Hidden: the engine starts it to run one stage in a process of its own.
class Worker : public Command {
 public:
  void add_to(CLI::App& app, Context& context) const override {
    app.add_subcommand("worker", "Run one stage for the engine")->group("")->callback([&context] {
      context.status = engine::worker_main();
    });
  }
};

}  // namespace

void register_worker(CommandRegistry& registry) {
  registry.add("worker", std::make_unique<Worker>());
}

}  // namespace quantbench::cli
