#include "quantbench/runtime/independence.h"

#include <algorithm>
#include <string_view>

namespace quantbench::runtime {

namespace {

/// DynamicQuantizeLinear, and the contrib operators DynamicQuantizeMatMul and DynamicQuantizeLSTM.
bool quantizes_at_run_time(const onnx::GraphProto& graph) {
  return std::any_of(graph.node().begin(), graph.node().end(), [](const onnx::NodeProto& node) {
    return std::string_view(node.op_type()).starts_with("DynamicQuantize") ||
           std::any_of(node.attribute().begin(), node.attribute().end(),
                       [](const onnx::AttributeProto& attribute) {
                         return attribute.has_g() && quantizes_at_run_time(attribute.g());
                       });
  });
}

}  // namespace

bool rows_are_independent(const graph::Model& model) {
  return !quantizes_at_run_time(model.graph());
}

bool rows_are_independent(const Runtime& runtime, const std::filesystem::path& model) {
  if (runtime.model_form() == ModelForm::kCheckpoint) return !runtime.quantizes();
  return rows_are_independent(graph::Model::load(model));
}

}  // namespace quantbench::runtime
