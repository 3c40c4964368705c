#include "quantbench/graph/hidden_weights.h"

#include <algorithm>
#include <string_view>
#include <unordered_set>

#include "quantbench/graph/constant_folding.h"

namespace quantbench::graph {

namespace {

/// Whether a node may fold into a weight: cheaper than folding to find out.
bool may_hide_weights(const Model& model) {
  if (model.graph().sparse_initializer_size() > 0) return true;
  std::unordered_set<std::string_view> constant;
  for (const std::string& name : model.initializer_names()) constant.insert(name);
  return std::ranges::any_of(model.graph().node(), [&](const onnx::NodeProto& node) {
    return node.op_type() == "Constant" ||
           (node.input_size() > 0 && std::ranges::all_of(node.input(), [&](const auto& input) {
              return constant.contains(input);
            }));
  });
}

/// Returns the number of sparse initializers that became others.
int fill_sparse_initializers(Model& model, FoldingBudget& budget) {
  auto& sparse = *model.graph().mutable_sparse_initializer();
  int filled = 0;
  for (int i = sparse.size() - 1; i >= 0; --i) {
    auto dense = dense_of(sparse[i], budget);
    if (!dense) continue;
    model.set_initializer(*std::move(dense));
    sparse.DeleteSubrange(i, 1);
    ++filled;
  }
  return filled;
}

}  // namespace

int fold_hidden_weights(Model& model) {
  if (!may_hide_weights(model)) return 0;
  Model folded = model.clone();
  FoldingBudget budget(folded);
  const int count = fill_sparse_initializers(folded, budget) + fold_constants(folded, budget);
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
