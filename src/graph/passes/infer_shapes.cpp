#include <onnx/shape_inference/implementation.h>

#include <algorithm>
#include <cstdint>
#include <exception>
#include <unordered_set>

#include "quantbench/base/log.h"
#include "quantbench/graph/pass.h"

namespace quantbench::graph {

namespace {

/// Constants up to this size are shown to the ONNX library with their values, which shapes and axes
/// need; the weights' values it does not look at.
constexpr std::size_t kShownBytes = 1024;

onnx::ModelProto without_weights(const Model& model) {
  onnx::ModelProto proto = model.proto();
  // Before IR version 4 initializers had to be graph inputs, and the library looks for them there.
  constexpr std::int64_t kInitializersAlone = 4;
  proto.set_ir_version(std::max(proto.ir_version(), kInitializersAlone));
  for (const std::string& name : model.initializer_names()) {
    const Initializer& initializer = *model.find_initializer(name);
    onnx::TensorProto& tensor = *proto.mutable_graph()->add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(initializer.type);
    for (const std::int64_t dimension : initializer.shape) tensor.add_dims(dimension);
    if (initializer.data.bytes.size() <= kShownBytes) {
      tensor.set_raw_data(initializer.data.bytes.data(), initializer.data.bytes.size());
    }
  }
  return proto;
}

// x: float[batch, 8] -> MatMul(x, W: float[8, 4]) -> y    =>    y: float[batch, 4] in value_info
//
// by the ONNX library's shape inference. Operators it does not know are passed over.
class InferShapes : public Pass {
 public:
  std::string summary() const override { return "writes types and shapes into value_info"; }
  bool repeats() const override { return false; }

  int apply(Model& model) const override {
    onnx::ModelProto proto = without_weights(model);
    try {
      onnx::shape_inference::InferShapes(proto);
    } catch (const std::exception& failure) {
      // What was found up to there is of use all the same.
      spdlog::debug("shape inference stopped early: {}", failure.what());
    }
    std::unordered_set<std::string> known;
    for (const auto& value : model.graph().value_info()) known.insert(value.name());
    int count = 0;
    for (const auto& value : proto.graph().value_info()) {
      if (!known.insert(value.name()).second) continue;
      *model.graph().add_value_info() = value;
      ++count;
    }
    return count;
  }
};

}  // namespace

void register_infer_shapes(PassRegistry& registry) {
  registry.add("infer_shapes", std::make_unique<InferShapes>());
}

}  // namespace quantbench::graph
