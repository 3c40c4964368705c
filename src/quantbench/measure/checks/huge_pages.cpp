#include "quantbench/measure/fitness.h"

namespace quantbench::measure {

namespace {

class HugePages : public Check {
 public:
  std::string summary() const override {
    return "transparent huge pages, which spare page faults for large weights";
  }
  Finding look(const MachineView& machine) const override {
    const std::string path = "sys/kernel/mm/transparent_hugepage/enabled";
    const std::string text = machine.text(path);  // "always [madvise] never"
    const std::size_t open = text.find('[');
    const std::size_t close = text.find(']');
    if (open == std::string::npos || close == std::string::npos || close < open) {
      return {Finding::Level::kUnknown, "the kernel does not report it"};
    }
    const std::string mode = text.substr(open + 1, close - open - 1);
    if (mode != "never") return {Finding::Level::kOk, mode};
    return {Finding::Level::kWarning, "never: models load and run with small pages",
            "echo madvise | sudo tee /" + path};
  }
};

}  // namespace

void register_huge_pages(CheckRegistry& registry) {
  registry.add("huge_pages", std::make_unique<HugePages>());
}

}  // namespace quantbench::measure
