#include "quantbench/graph/function_calls.h"

#include <fmt/format.h>

#include <string>
#include <unordered_map>

#include "quantbench/base/error.h"

namespace quantbench::graph {

namespace {

/// Counts each function once, however often it is called.
class InlinedNodes {
 public:
  explicit InlinedNodes(const onnx::ModelProto& model) {
    for (const onnx::FunctionProto& function : model.functions()) {
      functions_.emplace(key(function.domain(), function.name()), &function);
    }
  }

  double of(const google::protobuf::RepeatedPtrField<onnx::NodeProto>& nodes) {
    double count = 0;
    for (const onnx::NodeProto& node : nodes) {
      count += 1 + of_call(key(node.domain(), node.op_type()));
      for (const auto& attribute : node.attribute()) {
        if (attribute.has_g()) count += of(attribute.g().node());
        for (const auto& graph : attribute.graphs()) count += of(graph.node());
      }
    }
    return count;
  }

 private:
  static std::string key(const std::string& domain, const std::string& name) {
    return domain + "\n" + name;
  }

  double of_call(const std::string& name) {
    constexpr double kBeingCounted = -1;
    const auto function = functions_.find(name);
    if (function == functions_.end()) return 0;
    const auto [known, is_new] = counts_.emplace(name, kBeingCounted);
    if (!is_new) {
      if (known->second != kBeingCounted) return known->second;
      throw Error("calls itself", "function '" + function->second->name() + "'");
    }
    // A chain of calls goes as deep on the stack.
    constexpr int kDeepest = 1000;
    if (++depth_ > kDeepest) throw Error("functions call each other more than 1000 levels deep");
    const double count = of(function->second->node());
    --depth_;
    return counts_[name] = count;
  }

  std::unordered_map<std::string, const onnx::FunctionProto*> functions_;
  std::unordered_map<std::string, double> counts_;
  int depth_ = 0;
};

}  // namespace

void require_few_inlined_nodes(const onnx::ModelProto& model) {
  if (model.functions_size() == 0) return;
  const double nodes = InlinedNodes(model).of(model.graph().node());
  if (nodes <= kMaxInlinedNodes) return;
  throw Error(fmt::format(
      "the graph has {:.3g} nodes after its functions are expanded; the limit is {:.0f}", nodes,
      kMaxInlinedNodes));
}

}  // namespace quantbench::graph
