#include "quantbench/quantize/optimum.h"

namespace quantbench::quantize {

void register_avx512(PresetRegistry& registry) {
  registry.add("avx512", std::make_unique<OptimumPreset>("x86 with AVX-512", "int8",
                                                         std::vector<std::string>{"avx512f"},
                                                         std::vector<std::string>{"avx512_vnni"}));
}

}  // namespace quantbench::quantize
