#include "quantbench/graph/shape_inference.h"

#include <onnx/shape_inference/implementation.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <unordered_map>

#include "quantbench/base/isolated.h"
#include "quantbench/graph/tensor_proto.h"

namespace quantbench::graph {

namespace {

constexpr std::size_t kShownBytes = 1024;

/// The model as the ONNX library wants it, weights by type and shape only.
onnx::ModelProto outline(const Model& model) {
  onnx::ModelProto proto = model.proto();
  // Before IR version 4 initializers had to be graph inputs, and the library looks for them there.
  constexpr std::int64_t kInitializersAlone = 4;
  proto.set_ir_version(std::max(proto.ir_version(), kInitializersAlone));
  for (const std::string& name : model.initializer_names()) {
    const Initializer& initializer = *model.find_initializer(name);
    onnx::TensorProto& tensor = *proto.mutable_graph()->add_initializer();
    describe(initializer, tensor);
    const auto bytes = initializer.data.bytes;
    if (bytes.size() <= kShownBytes) tensor.set_raw_data(bytes.data(), bytes.size());
  }
  return proto;
}

const onnx::TypeProto::Tensor* find_type(
    const std::unordered_map<std::string, const onnx::TypeProto*>& types, const std::string& name) {
  const auto found = types.find(name);
  return found == types.end() || !found->second->has_tensor_type() ? nullptr
                                                                   : &found->second->tensor_type();
}

/// Declares the rank of slices whose ends are only known at run time: the rank of the sliced
/// tensor. Inference before ONNX 1.13 does not find it. Returns whether there was one.
bool declare_ranks_of_slices(onnx::GraphProto& graph) {
  std::unordered_map<std::string, const onnx::TypeProto*> types;
  std::unordered_map<std::string, onnx::ValueInfoProto*> declared;
  for (const auto& input : graph.input()) types[input.name()] = &input.type();
  for (auto& value : *graph.mutable_value_info()) {
    types[value.name()] = &value.type();
    declared[value.name()] = &value;
  }
  std::unordered_map<std::string, int> ranks_of_constants;
  for (const auto& constant : graph.initializer()) {
    ranks_of_constants[constant.name()] = constant.dims_size();
  }
  bool found_one = false;
  for (const auto& node : graph.node()) {
    if (node.op_type() != "Slice" || node.input_size() == 0 || node.output_size() == 0) continue;
    const auto output = declared.find(node.output(0));
    if (output == declared.end()) continue;
    auto& type = *output->second->mutable_type()->mutable_tensor_type();
    if (type.has_shape()) continue;
    int rank = -1;
    if (const auto constant = ranks_of_constants.find(node.input(0));
        constant != ranks_of_constants.end()) {
      rank = constant->second;
    } else if (const auto* input = find_type(types, node.input(0));
               input != nullptr && input->has_shape()) {
      rank = input->shape().dim_size();
    }
    if (rank < 0) continue;
    type.mutable_shape();
    for (int i = 0; i < rank; ++i) type.mutable_shape()->add_dim();
    found_one = true;
  }
  return found_one;
}

}  // namespace

std::string infer_shapes(Model& model) {
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
  return {};  // a process for each input would leave a fuzzer no time for our own code
#endif
  // The library crashes on some malformed graphs, and on rare operators just throws. Shapes help
  // the runtime and are not needed: without them the graph is the same.
  const onnx::ModelProto known = outline(model);
  // Types and shapes take less than the graph itself, over and over as they are.
  IsolatedBounds bounds;
  bounds.memory += 8 * known.ByteSizeLong();
  const IsolatedResult inferred = run_isolated(
      [&] {
        onnx::ModelProto proto = known;
        do {
          onnx::shape_inference::InferShapes(proto);
        } while (declare_ranks_of_slices(*proto.mutable_graph()));
        onnx::GraphProto values;
        *values.mutable_value_info() = proto.graph().value_info();
        return values.SerializeAsString();
      },
      bounds);
  onnx::GraphProto values;
  std::string failure = inferred.failure;
  if (failure.empty() && !values.ParseFromString(inferred.bytes)) failure = "gave no shapes";
  if (!failure.empty()) {
    return "shape inference " + failure +
           ": the graph declares no shapes inside, so the runtime may fuse other operators; "
           "figures "
           "and speed may differ from a graph with shapes";
  }
  model.graph().mutable_value_info()->Swap(values.mutable_value_info());
  return {};
}

}  // namespace quantbench::graph
