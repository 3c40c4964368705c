// Graph preparation and static quantization of an untrusted graph: an Error or a result, never a
// crash.

#include <cstdint>

#include "memory_file.h"
#include "quantbench/base/error.h"
#include "quantbench/graph/model.h"
#include "quantbench/graph/pass.h"
#include "quantbench/quantize/static.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace graph = quantbench::graph;
  namespace quantize = quantbench::quantize;
  const quantbench::fuzz::MemoryFile file(data, size);
  if (!file.is_complete()) return 0;
  try {
    auto model = graph::Model::load(file.path());
    // Shape inference is not run, because it forks.
    if (size % 2 == 0) {
      graph::apply_passes(model, std::vector<std::string>{"name_nodes", "eliminate_identity",
                                                          "fold_constants", "eliminate_cast"});
    }
    quantize::StaticOptions options;
    options.format =
        size % 3 == 0 ? quantize::QuantFormat::kQOperator : quantize::QuantFormat::kQdq;
    options.activation_type =
        size % 5 < 3 ? quantize::QuantType::kUInt8 : quantize::QuantType::kInt8;
    options.per_channel = size % 7 < 4;
    options.force_quantize_no_input_check = size % 11 < 5;
    options.dedicated_qdq_pair = size % 13 < 4;
    options.node_exclusion = {"layernorm", "gelu", "residual", "layer:0"};
    quantize::Ranges ranges;
    for (const std::string& tensor : quantize::tensors_to_calibrate(model, options)) {
      ranges[tensor] = {-1, 1};
    }
    quantize::quantize_static(model, ranges, options);
    model.to_proto();
  } catch (const quantbench::Error&) {
  }
  return 0;
}
