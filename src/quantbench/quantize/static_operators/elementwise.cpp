#include "quantbench/quantize/qdq_marker.h"
#include "quantbench/quantize/qoperator_writer.h"
#include "quantbench/quantize/static_operator.h"

namespace quantbench::quantize {

namespace {

// Operators that are quantized on request, and only in QDQ. No runtime fuses them, so the pairs
// cost precision and gain nothing.
class OnRequest : public AllTensors {
 public:
  bool by_default() const override { return false; }
};

}  // namespace

// Sum and product of two tensors: QLinearAdd, QLinearMul. A constant side is quantized like an
// activation.
void register_elementwise(StaticOperatorRegistry& registry) {
  registry.add("Add", std::make_unique<Linear>(2));
  registry.add("Mul", std::make_unique<Linear>(2));
  for (const char* kind : {"Sub", "Div", "Pow", "Sqrt", "Erf", "Exp", "Tanh", "Neg", "Abs",
                           "ReduceMean", "ReduceSum", "Max", "Min", "HardSigmoid", "HardSwish"}) {
    registry.add(kind, std::make_unique<OnRequest>());
  }
  registry.add("CumSum", std::make_unique<AllTensors>());
}

}  // namespace quantbench::quantize
