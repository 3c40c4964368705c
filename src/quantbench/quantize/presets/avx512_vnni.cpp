#include "quantbench/quantize/optimum.h"

namespace quantbench::quantize {

void register_avx512_vnni(PresetRegistry& registry) {
  registry.add("avx512_vnni",
               std::make_unique<OptimumPreset>("x86 with AVX-512 VNNI", "int8",
                                               std::vector<std::string>{"avx512_vnni"}));
}

}  // namespace quantbench::quantize
