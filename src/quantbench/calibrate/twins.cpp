#include "quantbench/calibrate/twins.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "quantbench/graph/edit.h"
#include "quantbench/graph/element_types.h"

namespace quantbench::calibrate {

namespace {

void declare(onnx::ValueInfoProto& info, const std::string& name, int type) {
  info.set_name(name);
  info.mutable_type()->mutable_tensor_type()->set_elem_type(type);
}

/// A model of this node alone. Its activations are graph inputs; its constants are shared.
graph::Model extract(const graph::Model& model, const onnx::NodeProto& node,
                     const graph::ElementTypes& types) {
  graph::Model alone;
  alone.proto().set_ir_version(model.proto().ir_version());
  *alone.proto().mutable_opset_import() = model.proto().opset_import();
  alone.graph().set_name("twin");
  *alone.graph().add_node() = node;
  std::set<std::string> seen;
  for (const std::string& name : node.input()) {
    if (name.empty() || !seen.insert(name).second) continue;
    if (const graph::Initializer* constant = model.find_initializer(name)) {
      alone.set_initializer(*constant);
    } else {
      declare(*alone.graph().add_input(), name, types.of(name));
    }
  }
  declare(*alone.graph().add_output(), node.output(0), onnx::TensorProto::FLOAT);
  return alone;
}

/// Adds the nodes and constants of `part` to `model` under new names. The graph inputs of `part`
/// are tensors of the model. Returns the new name of `output`.
std::string graft(graph::Model& model, const graph::Model& part, const std::string& output,
                  const std::string& prefix) {
  std::set<std::string> kept = {""};
  for (const auto& input : part.graph().input()) kept.insert(input.name());
  const auto renamed = [&](const std::string& name) {
    return kept.count(name) != 0 ? name : prefix + name;
  };
  for (const std::string& name : part.initializer_names()) {
    graph::Initializer constant = *part.find_initializer(name);
    constant.name = renamed(name);
    model.set_initializer(std::move(constant));
  }
  for (const onnx::NodeProto& node : part.graph().node()) {
    onnx::NodeProto* copy = model.graph().add_node();
    *copy = node;
    copy->set_name(prefix + node.name());
    for (std::string& name : *copy->mutable_input()) name = renamed(name);
    for (std::string& name : *copy->mutable_output()) name = renamed(name);
  }
  for (const auto& import : part.proto().opset_import()) {
    model.require_opset(import.domain(), import.version());
  }
  return renamed(output);
}

/// Sums of squares along the last axis of a tensor as a graph output.
void add_energy(graph::Model& model, const std::string& tensor, const std::string& output) {
  constexpr std::int64_t kAxesAreInput = 18;
  constexpr std::int64_t kNegativeAxes = 11;
  onnx::NodeProto* node = model.graph().add_node();
  *node = graph::make_node("ReduceSumSquare", {tensor}, {output}, output);
  if (model.opset() >= kAxesAreInput) {
    const std::string axes = output + "_axes";
    model.set_initializer(graph::Initializer::make<std::int64_t>(axes, {1}, {-1}));
    node->add_input(axes);
  } else if (model.opset() >= kNegativeAxes) {
    onnx::AttributeProto* axes = node->add_attribute();
    axes->set_name("axes");
    axes->set_type(onnx::AttributeProto::INTS);
    axes->add_ints(-1);
  }
  graph::set_attribute(*node, "keepdims", 1);
  declare(*model.graph().add_output(), output, onnx::TensorProto::FLOAT);
}

}  // namespace

std::vector<Twin> add_twins(graph::Model& model, const std::vector<std::string>& nodes,
                            const quantize::Ranges& ranges, const quantize::Approach& approach,
                            const Json& options) {
  const graph::ElementTypes types(model);
  const std::set<std::string> wanted(nodes.begin(), nodes.end());
  graph::UniqueNames names(model);
  std::vector<onnx::NodeProto> originals;
  for (const onnx::NodeProto& node : model.graph().node()) {
    if (wanted.count(node.name()) != 0 && node.output_size() == 1) originals.push_back(node);
  }
  std::vector<Twin> twins;
  for (const onnx::NodeProto& node : originals) {
    graph::Model alone = extract(model, node, types);
    Json of_one = options;
    of_one["operators_to_quantize"] = {node.op_type()};
    of_one["node_exclusion"] = Json::array();
    quantize::Ranges own;
    for (const auto* tensors : {&node.input(), &node.output()}) {
      for (const std::string& tensor : *tensors) {
        if (const auto range = ranges.find(tensor); range != ranges.end()) own.insert(*range);
      }
    }
    if (approach.quantize(alone, of_one, own).quantized_count() == 0) continue;

    const std::string& output = node.output(0);
    const std::string prefix = names.make("twin_" + std::to_string(twins.size())) + "/";
    const std::string quantized = graft(model, alone, output, prefix);
    Twin twin{node.name(), node.op_type(), prefix + "signal", prefix + "noise"};
    *model.graph().add_node() =
        graph::make_node("Sub", {output, quantized}, {prefix + "error"}, prefix + "error");
    add_energy(model, output, twin.signal);
    add_energy(model, prefix + "error", twin.noise);
    twins.push_back(std::move(twin));
  }
  graph::sort_topologically(model.graph());
  return twins;
}

}  // namespace quantbench::calibrate
