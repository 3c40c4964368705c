#include "quantbench/graph/edit.h"
#include "quantbench/quantize/qdq_marker.h"
#include "quantbench/quantize/qoperator_writer.h"
#include "quantbench/quantize/static_operator.h"

namespace quantbench::quantize {

namespace {

// Maximum of a window, and resizing: the output has the input's scale, from the opset in which the
// operator accepts integers.
class SinceOpset : public PassThrough {
 public:
  explicit SinceOpset(std::int64_t opset) : opset_(opset) {}

  std::string mark(QdqMarker& marker, onnx::NodeProto& node) const override {
    return marker.opset() < opset_ ? too_old(node) : PassThrough::mark(marker, node);
  }

  std::string write(QOperatorWriter& writer, const onnx::NodeProto& node) const override {
    return writer.opset() < opset_ ? too_old(node) : PassThrough::write(writer, node);
  }

 private:
  std::string too_old(const onnx::NodeProto& node) const {
    return node.op_type() + " does not accept integers before opset " + std::to_string(opset_);
  }

  std::int64_t opset_;
};

// ONNX Runtime interpolates integers only linearly, and with `axes` its change of layout goes
// wrong.
class StaticResize : public SinceOpset {
 public:
  StaticResize() : SinceOpset(11) {}

  std::string write(QOperatorWriter& writer, const onnx::NodeProto& node) const override {
    const onnx::AttributeProto* mode = graph::find_attribute(node, "mode");
    if (mode != nullptr && mode->s() == "cubic") return "it cannot be cubic on integers";
    if (graph::find_attribute(node, "axes") != nullptr) return "it cannot have axes on integers";
    return SinceOpset::write(writer, node);
  }
};

}  // namespace

void register_max_pool(StaticOperatorRegistry& registry) {
  registry.add("MaxPool", std::make_unique<SinceOpset>(12));
  registry.add("Resize", std::make_unique<StaticResize>());
}

}  // namespace quantbench::quantize
