#include <algorithm>

#include "quantbench/base/text.h"
#include "quantbench/measure/fitness.h"
#include "quantbench/measure/machine.h"

namespace quantbench::measure {

namespace {

class InstructionSets : public Check {
 public:
  std::string summary() const override { return "instructions that make int8 fast"; }
  Finding look(const MachineView& machine) const override {
    const Json facts = machine_facts({machine.text("proc/cpuinfo"), {}});
    std::vector<std::string> sets = facts.at("instruction_sets");
    if (sets.empty()) return {Finding::Level::kUnknown, "the kernel does not report it"};
    const std::string text = join(sets, " ");
    const auto has = [&](std::string_view name) {
      return std::ranges::find(sets, name) != sets.end();
    };
    if (has("asimd") && !has("asimddp")) {
      return {Finding::Level::kWarning, text + ": no dot products (asimddp), so int8 gains little",
              "measure on a processor with asimddp or i8mm if the model is served on one"};
    }
    if (!has("asimd") && u8s8_saturates(facts)) {
      return {
          Finding::Level::kWarning,
          text + ": no VNNI, so int8 gains less and full-range weights can overflow",
          "quantize with reduce_range: true, or measure on a processor with VNNI if the model is "
          "served on one"};
    }
    return {Finding::Level::kOk, text};
  }
};

}  // namespace

void register_instruction_sets(CheckRegistry& registry) {
  registry.add("instruction_sets", std::make_unique<InstructionSets>());
}

}  // namespace quantbench::measure
