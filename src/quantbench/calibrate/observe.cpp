#include "quantbench/calibrate/observe.h"

#include <map>
#include <unordered_map>
#include <utility>
#include <vector>

#include "quantbench/base/error.h"
#include "quantbench/base/text.h"
#include "quantbench/graph/edit.h"
#include "quantbench/graph/index.h"
#include "quantbench/graph/subgraph.h"
#include "quantbench/runtime/session.h"

namespace quantbench::calibrate {

namespace {

/// What a tensor depends on, as far as it matters here.
enum class Origin { kConstant, kInput, kOther };

Origin join_origins(Origin a, Origin b) {
  if (a == Origin::kConstant) return b;
  if (b == Origin::kConstant) return a;
  return a == Origin::kInput && b == Origin::kInput ? Origin::kInput : Origin::kOther;
}

}  // namespace

void add_observers(graph::Model& model, std::span<const std::string> tensors) {
  graph::UniqueNames names(model);
  std::set<std::string> consumed;
  for (const onnx::NodeProto& node : model.graph().node()) {
    consumed.insert(node.input().begin(), node.input().end());
  }
  // Tensor -> observers to insert after its producer. Graph inputs are observed first.
  std::unordered_map<std::string, onnx::NodeProto> observers;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    if (!names.contains(tensors[i])) throw Error("the model has no tensor '" + tensors[i] + "'");
    onnx::NodeProto node = graph::make_node(
        runtime::kObserveOperator, {tensors[i]}, {names.make(tensors[i] + "_observed")},
        names.make(tensors[i] + "_observe"), runtime::kObserveDomain);
    graph::set_attribute(node, "index", static_cast<std::int64_t>(i));
    if (consumed.count(tensors[i]) == 0) {
      node.add_output(names.make(tensors[i] + "_was_observed"));
      onnx::ValueInfoProto* info = model.graph().add_output();
      info->set_name(node.output(1));
      info->mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::BOOL);
      info->mutable_type()->mutable_tensor_type()->mutable_shape()->add_dim()->set_dim_value(1);
    }
    observers.emplace(tensors[i], std::move(node));
  }
  google::protobuf::RepeatedPtrField<onnx::NodeProto> nodes;
  std::unordered_map<std::string, std::string> observed;
  const auto place = [&](const std::string& tensor) {
    const auto found = observers.find(tensor);
    if (found == observers.end()) return;
    observed[tensor] = found->second.output(0);
    *nodes.Add() = std::move(found->second);
    observers.erase(found);
  };
  for (const auto& input : model.graph().input()) place(input.name());
  for (onnx::NodeProto& node : *model.graph().mutable_node()) {
    for (std::string& input : *node.mutable_input()) {
      const auto found = observed.find(input);
      if (found != observed.end()) input = found->second;
    }
    *nodes.Add() = std::move(node);
    const std::vector<std::string> outputs(nodes[nodes.size() - 1].output().begin(),
                                           nodes[nodes.size() - 1].output().end());
    for (const std::string& output : outputs) place(output);
  }
  if (!observers.empty()) {
    throw Error("the tensor '" + observers.begin()->first +
                "' is not the output of any node of the graph");
  }
  model.graph().mutable_node()->Swap(&nodes);
  model.require_opset(runtime::kObserveDomain, 1);
}

std::set<std::string> made_only_from(const graph::Model& model, const std::string& input) {
  std::unordered_map<std::string, Origin> origins;
  for (const auto& graph_input : model.graph().input()) {
    if (model.find_initializer(graph_input.name()) != nullptr) continue;
    origins[graph_input.name()] = graph_input.name() == input ? Origin::kInput : Origin::kOther;
  }
  const auto origin_of = [&](const std::string& tensor) {
    const auto found = origins.find(tensor);
    return found == origins.end() ? Origin::kConstant : found->second;
  };
  std::set<std::string> made;
  if (origin_of(input) == Origin::kInput) made.insert(input);
  for (const onnx::NodeProto& node : model.graph().node()) {
    Origin origin = Origin::kConstant;
    if (node.op_type() != "Shape" && node.op_type() != "Size") {
      for (const std::string& name : node.input()) origin = join_origins(origin, origin_of(name));
      for (const std::string& name : graph::captured_names(node)) {
        origin = join_origins(origin, origin_of(name));
      }
    }
    for (const std::string& name : node.output()) {
      origins[name] = origin;
      if (origin == Origin::kInput) made.insert(name);
    }
  }
  return made;
}

}  // namespace quantbench::calibrate
