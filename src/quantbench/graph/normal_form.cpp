#include "quantbench/graph/normal_form.h"

#include <functional>
#include <optional>
#include <string>
#include <unordered_set>

#include "quantbench/graph/edit.h"

namespace quantbench::graph {

namespace {

constexpr const char* kDefaultDomain = "ai.onnx";

template <typename Nodes>
void shorten_domain(Nodes& nodes) {
  for (onnx::NodeProto& node : nodes) {
    if (node.domain() == kDefaultDomain) node.clear_domain();
    for (onnx::AttributeProto& attribute : *node.mutable_attribute()) {
      if (attribute.has_g()) shorten_domain(*attribute.mutable_g()->mutable_node());
      for (auto& graph : *attribute.mutable_graphs()) shorten_domain(*graph.mutable_node());
    }
  }
}

void import_default_domain(Model& model) {
  constexpr std::int64_t kUsual = 13;
  // Without any import, every operator is of version 1 of the default set.
  if (model.proto().opset_import().empty()) return;
  for (const auto& import : model.proto().opset_import()) {
    if (import.domain().empty() || import.domain() == kDefaultDomain) return;
  }
  model.require_opset("", kUsual);
}

/// Also in bodies.
void name_parts(onnx::GraphProto& graph,
                const std::function<std::string(const std::string&)>& make) {
  for (onnx::NodeProto& node : *graph.mutable_node()) {
    for (onnx::AttributeProto& attribute : *node.mutable_attribute()) {
      if (attribute.has_g()) name_parts(*attribute.mutable_g(), make);
      for (auto& body : *attribute.mutable_graphs()) name_parts(body, make);
    }
    if (node.op_type() != "Split" || !node.domain().empty()) continue;
    for (std::string& output : *node.mutable_output()) {
      if (output.empty()) output = make((node.name().empty() ? "Split" : node.name()) + "_unused");
    }
  }
}

void name_parts(Model& model) {
  std::optional<UniqueNames> names;
  name_parts(model.graph(), [&](const std::string& wanted) {
    if (!names) names.emplace(model);
    return names->make(wanted);
  });
}

/// The first node of a name keeps it.
void tell_nodes_apart(Model& model) {
  std::optional<UniqueNames> names;
  std::unordered_set<std::string> seen;
  for (onnx::NodeProto& node : *model.graph().mutable_node()) {
    if (node.name().empty() || seen.insert(node.name()).second) continue;
    if (!names) names.emplace(model);
    node.set_name(names->make(node.name()));
    seen.insert(node.name());
  }
}

}  // namespace

void normalize(Model& model) {
  constexpr std::int64_t kInitializersAlone = 4;
  if (model.proto().ir_version() < kInitializersAlone) {
    model.proto().set_ir_version(kInitializersAlone);
    auto& inputs = *model.graph().mutable_input();
    for (int i = inputs.size() - 1; i >= 0; --i) {
      if (model.find_initializer(inputs[i].name()) != nullptr) inputs.DeleteSubrange(i, 1);
    }
  }
  shorten_domain(*model.graph().mutable_node());
  import_default_domain(model);
  name_parts(model);
  tell_nodes_apart(model);
  sort_topologically(model.graph());
}

}  // namespace quantbench::graph
