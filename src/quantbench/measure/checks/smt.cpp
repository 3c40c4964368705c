#include "quantbench/base/text.h"
#include "quantbench/measure/fitness.h"

namespace quantbench::measure {

namespace {

class SmtCheck : public Check {
 public:
  std::string summary() const override { return "hardware threads that share a core"; }
  Finding look(const MachineView& machine) const override {
    const auto siblings = machine.texts_of_processors("topology/thread_siblings_list");
    if (siblings.empty()) return {Finding::Level::kUnknown, "the kernel does not report it"};
    std::vector<std::string> first_of_core;
    bool shared = false;
    for (const std::string& core : siblings) {
      const std::vector<int> threads = parse_processor_list(core);
      if (threads.empty()) continue;
      first_of_core.push_back(std::to_string(threads.front()));
      shared = shared || threads.size() > 1;
    }
    if (!shared) return {Finding::Level::kOk, "one thread a core"};
    return {
        Finding::Level::kWarning,
        "two threads of a forward may share a core, which slows both down",
        "taskset --cpu-list " + join(first_of_core, ",") +
            " quantbench ..., with intra_op_num_threads: " + std::to_string(first_of_core.size())};
  }
};

}  // namespace

void register_smt(CheckRegistry& registry) { registry.add("smt", std::make_unique<SmtCheck>()); }

}  // namespace quantbench::measure
