#include <fmt/format.h>

#include <algorithm>

#include "quantbench/measure/fitness.h"
#include "quantbench/measure/machine_load.h"

namespace quantbench::measure {

namespace {

class LoadCheck : public Check {
 public:
  std::string summary() const override { return "other programs that use the processors"; }
  Finding look(const MachineView& machine) const override {
    const auto& load = machine.load();
    if (!load) return {Finding::Level::kUnknown, "the kernel does not report it"};
    const double used = std::max(0.0, load->busy - load->stolen);
    Finding finding{Finding::Level::kOk, fmt::format("other programs use {:.1f} of {:g} processors",
                                                     used, load->processors)};
    if (used <= kMuchOtherLoad * load->processors) return finding;
    finding.level = Finding::Level::kWarning;
    for (std::size_t i = 0; i < load->programs.size(); ++i) {
      finding.text += fmt::format("{} {} {:.1f}", i == 0 ? ":" : ",", load->programs[i].first,
                                  load->programs[i].second);
    }
    finding.remedy = "end them (top shows all), or measure when they are done";
    return finding;
  }
};

}  // namespace

void register_load(CheckRegistry& registry) { registry.add("load", std::make_unique<LoadCheck>()); }

}  // namespace quantbench::measure
