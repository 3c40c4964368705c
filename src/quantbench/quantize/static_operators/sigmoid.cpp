#include "quantbench/quantize/qdq_marker.h"
#include "quantbench/quantize/qoperator_writer.h"
#include "quantbench/quantize/static_operator.h"

namespace quantbench::quantize {

// The sigmoid family: QLinearSigmoid, QLinearLeakyRelu.
void register_sigmoid(StaticOperatorRegistry& registry) {
  registry.add("Sigmoid", std::make_unique<Linear>(1));
  registry.add("LeakyRelu", std::make_unique<Linear>(1));
}

}  // namespace quantbench::quantize
