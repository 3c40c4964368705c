#include "quantbench/quantize/optimum.h"

namespace quantbench::quantize {

void register_arm64(PresetRegistry& registry) {
  registry.add("arm64",
               std::make_unique<OptimumPreset>("ARM64", "int8", std::vector<std::string>{"asimd"}));
}

}  // namespace quantbench::quantize
