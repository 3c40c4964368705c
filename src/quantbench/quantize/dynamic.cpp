#include "quantbench/quantize/dynamic.h"

#include <algorithm>
#include <optional>
#include <unordered_set>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/base/parallel.h"
#include "quantbench/base/text.h"
#include "quantbench/graph/normal_form.h"
#include "quantbench/graph/shape_inference.h"
#include "quantbench/quantize/dynamic_operator.h"
#include "quantbench/quantize/dynamic_rewriter.h"
#include "quantbench/quantize/float_model.h"
#include "quantbench/quantize/gemm.h"
#include "quantbench/quantize/modern_opset.h"
#include "quantbench/quantize/operator_kinds.h"

namespace quantbench::quantize {

namespace {

/// What a node was in the graph as given: a MatMul may stand for a Gemm.
struct Origin {
  std::string name;
  std::string op_type;
};

class DynamicQuantizer {
 public:
  DynamicQuantizer(graph::Model& model, const DynamicOptions& options)
      : model_(model), options_(options), gemms_(prepare(model)), rewriter_(model, options) {
    if (options_.operators_to_quantize.empty()) {
      options_.operators_to_quantize = dynamic_operators().names();
    }
  }

  Report run() {
    quantize_weights();
    for (auto& node : *model_.graph().mutable_node()) {
      const Origin origin = origin_of(node);
      std::string reason;
      if (const DynamicOperator* kind = operator_for(node, origin, reason)) {
        ++report_.quantized[origin.op_type];
        report_.quantized_nodes.push_back(origin.name);
        kind->rewrite(rewriter_, node);
        continue;
      }
      note_left(node, origin, reason);
      rewriter_.keep(std::move(node));
    }
    rewriter_.finish();
    report_.conversions_inserted = rewriter_.conversions();
    return std::move(report_);
  }

 private:
  /// Shapes are declared before and after, as the peer does: the runtime fuses by them.
  std::map<std::string, std::string> prepare(graph::Model& model) {
    declare_shapes(model);
    auto gemms = replace_gemm_with_matmul(model);
    if (!gemms.empty()) declare_shapes(model);
    return gemms;
  }

  void declare_shapes(graph::Model& model) {
    std::string warning = graph::infer_shapes(model);
    if (warning.empty()) return;
    if (std::ranges::find(report_.warnings, warning) == report_.warnings.end()) {
      report_.warnings.push_back(std::move(warning));
    }
  }

  Origin origin_of(const onnx::NodeProto& node) const {
    const std::string output = node.output_size() > 0 ? node.output(0) : "";
    if (const auto gemm = gemms_.find(output); gemm != gemms_.end()) {
      return {gemm->second, "Gemm"};
    }
    return {node.name().empty() ? output : node.name(), node.op_type()};
  }

  bool is_asked_for(const std::string& op_type) const {
    const auto& asked = options_.operators_to_quantize;
    return std::find(asked.begin(), asked.end(), op_type) != asked.end();
  }

  /// The entry of nodes_to_exclude that names this node.
  std::optional<std::string> exclusion_of(const onnx::NodeProto& node, const Origin& origin) const {
    for (const std::string& entry : options_.nodes_to_exclude) {
      for (const std::string& name : {node.name(), origin.name}) {
        if (entry == name || glob_match(entry, name)) return entry;
      }
    }
    return std::nullopt;
  }

  /// How to quantize a node; nullptr with a reason when it stays in float.
  const DynamicOperator* operator_for(const onnx::NodeProto& node, const Origin& origin,
                                      std::string& reason) const {
    if (!is_asked_for(node.op_type())) {
      if (is_asked_for(origin.op_type)) {
        reason = "Gemm is quantized as MatMul, which operators_to_quantize does not name";
      }
      return nullptr;
    }
    const DynamicOperator* kind = dynamic_operators().find(node.op_type());
    if (kind == nullptr || kind->domain() != (node.domain() == "ai.onnx" ? "" : node.domain())) {
      reason = "dynamic quantization has no integer form of it";
      return nullptr;
    }
    if (const auto entry = exclusion_of(node, origin)) {
      reason = "excluded by '" + *entry + "'";
      return nullptr;
    }
    if (node.input_size() < kind->fewest_inputs() || node.output_size() == 0) {
      reason = "it lacks inputs or outputs";
      return nullptr;
    }
    reason = kind->reason_to_leave(rewriter_, node);
    return reason.empty() ? kind : nullptr;
  }

  void note_left(const onnx::NodeProto& node, const Origin& origin, std::string reason) {
    if (!reason.empty()) {
      report_.left_nodes.push_back({origin.name, origin.op_type, std::move(reason)});
    } else if (!computes(node.op_type()) || node.output_size() == 0 ||
               !rewriter_.is_float(node.output(0))) {
      return;
    }
    ++report_.left[origin.op_type];
  }

  /// All constants at once, the largest first, so that every core has work to the end.
  void quantize_weights() {
    std::vector<WeightUse> uses;
    std::unordered_set<std::string> seen;
    for (const auto& node : model_.graph().node()) {
      std::string reason;
      const DynamicOperator* kind = operator_for(node, origin_of(node), reason);
      if (kind == nullptr) continue;
      for (WeightUse& use : kind->weights(rewriter_, node)) {
        if (seen.insert(use.name).second) uses.push_back(std::move(use));
      }
    }
    const auto size = [&](const WeightUse& use) {
      return model_.find_initializer(use.name)->data.bytes.size();
    };
    std::stable_sort(uses.begin(), uses.end(),
                     [&](const WeightUse& a, const WeightUse& b) { return size(a) > size(b); });
    std::vector<std::optional<QuantizedWeight>> weights(uses.size());
    parallel_for(uses.size(), usable_cores(), [&](std::size_t i) {
      weights[i] = quantize_weight(*model_.find_initializer(uses[i].name), uses[i].scheme);
    });
    for (std::size_t i = 0; i < uses.size(); ++i) {
      rewriter_.set_weight(uses[i].name, *std::move(weights[i]));
    }
  }

  graph::Model& model_;
  DynamicOptions options_;
  Report report_;
  std::map<std::string, std::string> gemms_;
  DynamicRewriter rewriter_;
};

}  // namespace

Report quantize_dynamic(graph::Model& model, const DynamicOptions& options) {
  require_operator_kinds(options.operators_to_quantize);
  require_opset(model);
  require_float_model(model.graph());
  graph::normalize(model);
  return DynamicQuantizer(model, options).run();
}

}  // namespace quantbench::quantize
