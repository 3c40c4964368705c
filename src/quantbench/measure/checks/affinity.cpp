#include "quantbench/base/text.h"
#include "quantbench/measure/fitness.h"

namespace quantbench::measure {

namespace {

class AffinityCheck : public Check {
 public:
  std::string summary() const override { return "processors that this process may use"; }
  Finding look(const MachineView& machine) const override {
    const std::string status = machine.text("proc/self/status");
    constexpr std::string_view kKey = "Cpus_allowed_list:";
    const std::size_t at = status.find(kKey);
    if (at == std::string::npos) return {Finding::Level::kUnknown, "the kernel does not report it"};
    std::string_view list = std::string_view(status).substr(at + kKey.size());
    list = trim(list.substr(0, list.find('\n')));
    const std::size_t all = machine.processors().size();
    const std::size_t allowed = parse_processor_list(list).size();
    if (allowed >= all) return {Finding::Level::kOk, "all " + std::to_string(all) + " processors"};
    return {Finding::Level::kOk, std::to_string(allowed) + " of " + std::to_string(all) +
                                     " processors (" + std::string(list) + ")"};
  }
};

}  // namespace

void register_affinity(CheckRegistry& registry) {
  registry.add("affinity", std::make_unique<AffinityCheck>());
}

}  // namespace quantbench::measure
