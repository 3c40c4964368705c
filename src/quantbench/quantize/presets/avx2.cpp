#include "quantbench/quantize/optimum.h"

namespace quantbench::quantize {

void register_avx2(PresetRegistry& registry) {
  registry.add("avx2", std::make_unique<OptimumPreset>("x86 with AVX2", "uint8",
                                                       std::vector<std::string>{"avx2"},
                                                       std::vector<std::string>{"avx512f"}));
}

}  // namespace quantbench::quantize
