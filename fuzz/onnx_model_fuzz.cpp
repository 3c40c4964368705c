// Model::load, save and dynamic quantization on untrusted bytes: an Error or a result, never a
// crash.

#include <cstdint>

#include "memory_file.h"
#include "quantbench/base/error.h"
#include "quantbench/graph/model.h"
#include "quantbench/quantize/dynamic.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const quantbench::fuzz::MemoryFile file(data, size);
  if (!file.is_complete()) return 0;
  try {
    auto model = quantbench::graph::Model::load(file.path());
    model.to_proto();
    quantbench::quantize::DynamicOptions options;
    options.per_channel = size % 2 == 0;
    options.matmul_const_b_only = size % 3 == 0;
    quantbench::quantize::quantize_dynamic(model, options);
    model.to_proto();
  } catch (const quantbench::Error&) {
  }
  return 0;
}
