#include "quantbench/quantize/qdq_marker.h"
#include "quantbench/quantize/qoperator_writer.h"
#include "quantbench/quantize/static_operator.h"

namespace quantbench::quantize {

namespace {

// GELU as one node (opset 20, or fused by ONNX Runtime). Quantized on request and only in QDQ, as
// in ONNX Runtime: a pair on each tensor.
class StaticGelu : public AllTensors {
 public:
  bool by_default() const override { return false; }
};

}  // namespace

void register_gelu(StaticOperatorRegistry& registry) {
  for (const char* kind : {"Gelu", "BiasGelu", "FastGelu", "QuickGelu"}) {
    registry.add(kind, std::make_unique<StaticGelu>());
  }
}

}  // namespace quantbench::quantize
