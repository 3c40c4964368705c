#include "quantbench/graph/hidden_weights.h"

#include <algorithm>
#include <string_view>
#include <unordered_set>

#include "quantbench/graph/constant_folding.h"

namespace quantbench::graph {

namespace {

/// Whether a node may fold into a weight: cheaper than folding to find out.
bool may_hide_weights(const Model& model) {
  std::unordered_set<std::string_view> constant;
  for (const std::string& name : model.initializer_names()) constant.insert(name);
  return std::ranges::any_of(model.graph().node(), [&](const onnx::NodeProto& node) {
    return node.op_type() == "Constant" ||
           (node.input_size() > 0 && std::ranges::all_of(node.input(), [&](const auto& input) {
              return constant.contains(input);
            }));
  });
}

}  // namespace

int fold_hidden_weights(Model& model) {
  if (!may_hide_weights(model)) return 0;
  Model folded = model.clone();
  FoldingBudget budget(folded);
  const int count = fold_constants(folded, budget);
  const bool found = std::ranges::any_of(folded.initializer_names(), [&](const auto& name) {
    const Initializer& constant = *folded.find_initializer(name);
    return model.find_initializer(name) == nullptr && constant.type == onnx::TensorProto::FLOAT &&
           constant.element_count() > 1;
  });
  if (!found) return 0;
  model = std::move(folded);
  return count;
}

}  // namespace quantbench::graph
