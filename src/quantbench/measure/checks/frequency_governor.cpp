#include "quantbench/base/text.h"
#include "quantbench/measure/fitness.h"

namespace quantbench::measure {

namespace {

class FrequencyGovernor : public Check {
 public:
  std::string summary() const override { return "who sets the processors' frequency"; }
  Finding look(const MachineView& machine) const override {
    const auto governors = machine.texts_of_processors("cpufreq/scaling_governor");
    if (governors.empty()) {
      return {Finding::Level::kUnknown,
              "the kernel does not report it (usual in a virtual machine)"};
    }
    const std::string text = join(governors, ", ");
    if (text == "performance") return {Finding::Level::kOk, text};
    return {Finding::Level::kWarning, text + ": the frequency changes with the load",
            "sudo cpupower frequency-set --governor performance"};
  }
};

}  // namespace

void register_frequency_governor(CheckRegistry& registry) {
  registry.add("frequency_governor", std::make_unique<FrequencyGovernor>());
}

}  // namespace quantbench::measure
