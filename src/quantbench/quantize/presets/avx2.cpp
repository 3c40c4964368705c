#include "quantbench/quantize/optimum.h"

namespace quantbench::quantize {

void register_avx2(PresetRegistry& registry) {
  registry.add("avx2", std::make_unique<OptimumPreset>("x86 with AVX2", "uint8"));
}

}  // namespace quantbench::quantize
