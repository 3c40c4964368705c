#include "quantbench/quantize/qdq_marker.h"
#include "quantbench/quantize/qoperator_writer.h"
#include "quantbench/quantize/static_operator.h"

namespace quantbench::quantize {

// Operators that only move values: the output has the input's scale. QOperator: the same node on
// the input's integers, except operators that ONNX Runtime supports only in QDQ.
namespace {

class QdqOnly : public PassThrough {
 public:
  std::string write(QOperatorWriter& writer, const onnx::NodeProto& node) const override {
    return StaticOperator::write(writer, node);
  }
};

}  // namespace

void register_pass_through(StaticOperatorRegistry& registry) {
  for (const char* kind : {"Reshape", "Transpose", "Squeeze", "Unsqueeze", "Flatten"}) {
    registry.add(kind, std::make_unique<PassThrough>());
  }
  for (const char* kind : {"Slice", "TopK"}) registry.add(kind, std::make_unique<QdqOnly>());
}

}  // namespace quantbench::quantize
