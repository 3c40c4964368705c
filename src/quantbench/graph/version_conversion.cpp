#include "quantbench/graph/version_conversion.h"

#include <onnx/shape_inference/implementation.h>
#include <onnx/version_converter/convert.h>

#include <algorithm>
#include <exception>
#include <unordered_set>
#include <utility>

#include "quantbench/base/isolated.h"
#include "quantbench/graph/tensor_proto.h"

namespace quantbench::graph {

namespace {

/// Constants up to this size are shown to the converter, which reads shapes, axes and scales.
/// Larger ones look like graph inputs.
constexpr std::size_t kShownToConverter = 1024;

struct Shown {
  onnx::ModelProto proto;
  std::unordered_set<std::string> as_inputs;
};

Shown show(const Model& model) {
  Shown shown{model.proto(), {}};
  onnx::GraphProto& graph = *shown.proto.mutable_graph();
  for (const std::string& name : model.initializer_names()) {
    const Initializer& initializer = *model.find_initializer(name);
    const auto bytes = initializer.data.bytes;
    if (bytes.size() <= kShownToConverter) {
      onnx::TensorProto& tensor = *graph.add_initializer();
      describe(initializer, tensor);
      tensor.set_raw_data(bytes.data(), bytes.size());
      continue;
    }
    const bool listed = std::ranges::any_of(
        graph.input(), [&](const onnx::ValueInfoProto& input) { return input.name() == name; });
    if (listed) continue;
    shown.as_inputs.insert(name);
    onnx::ValueInfoProto& input = *graph.add_input();
    input.set_name(name);
    auto& type = *input.mutable_type()->mutable_tensor_type();
    type.set_elem_type(initializer.type);
    type.mutable_shape();
    for (const std::int64_t dimension : initializer.shape) {
      type.mutable_shape()->add_dim()->set_dim_value(dimension);
    }
  }
  return shown;
}

}  // namespace

std::string convert_opset(Model& model, std::int64_t target) {
  if (model.proto().functions_size() > 0) {
    return "the model has local functions, which the converter drops";
  }
  const Shown shown = show(model);
  IsolatedBounds bounds;
  bounds.memory += 32 * shown.proto.ByteSizeLong();
  const IsolatedResult result = run_isolated(
      [&] {
        onnx::ModelProto proto = shown.proto;
        // Some conversions need the shapes of inner tensors. Without them the others still work.
        try {
          onnx::shape_inference::InferShapes(proto);
        } catch (const std::exception&) {
          proto = shown.proto;
        }
        return onnx::version_conversion::ConvertVersion(proto, static_cast<int>(target))
            .SerializeAsString();
      },
      bounds);
  if (!result.failure.empty()) return "the converter " + result.failure;
  onnx::ModelProto converted;
  if (!converted.ParseFromString(result.bytes) || converted.graph().node_size() == 0) {
    return "the converter gave no graph";
  }
  Model raised = model.clone();
  raised.graph() = converted.graph();
  raised.graph().clear_initializer();
  auto& inputs = *raised.graph().mutable_input();
  for (int i = inputs.size() - 1; i >= 0; --i) {
    if (shown.as_inputs.contains(inputs[i].name())) inputs.DeleteSubrange(i, 1);
  }
  for (const onnx::TensorProto& tensor : converted.graph().initializer()) {
    if (tensor.data_type() == onnx::TensorProto::STRING) {
      *raised.graph().add_initializer() = tensor;
    } else {
      raised.set_initializer(initializer_of(tensor));
    }
  }
  raised.require_opset("", target);
  model = std::move(raised);
  return {};
}

}  // namespace quantbench::graph
