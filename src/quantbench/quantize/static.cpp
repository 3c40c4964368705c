#include "quantbench/quantize/static.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/graph/edit.h"
#include "quantbench/graph/element_types.h"
#include "quantbench/graph/normal_form.h"
#include "quantbench/graph/unused.h"
#include "quantbench/graph/wiring.h"
#include "quantbench/quantize/activation_maps.h"
#include "quantbench/quantize/exclusion.h"
#include "quantbench/quantize/float_model.h"
#include "quantbench/quantize/operator_kinds.h"
#include "quantbench/quantize/qdq_marker.h"
#include "quantbench/quantize/qdq_writer.h"
#include "quantbench/quantize/qoperator_writer.h"
#include "quantbench/quantize/static_operator.h"

namespace quantbench::quantize {

namespace {

void require_quantizable(const graph::Model& model) {
  constexpr std::int64_t kOldest = 10;  // QuantizeLinear
  if (model.opset() < kOldest) {
    throw Error("operator set " + std::to_string(model.opset()) + " has no QuantizeLinear", {},
                "export the model with opset 11 or later");
  }
  require_float_model(model.graph());
}

/// Decides which nodes to quantize, and gives the reasons for the others.
class Selection {
 public:
  Selection(const graph::Model& model, const StaticOptions& options)
      : model_(model),
        options_(options),
        exclusions_(resolve_exclusions(model, options.node_exclusion)) {
    // Operators that only the dynamic quantizer supports are accepted and stay in float.
    require_operator_kinds(options.operators_to_quantize);
  }

  const std::vector<std::string>& warnings() const { return exclusions_.warnings; }

  /// Whether the options include this operator.
  bool asks_for(const onnx::NodeProto& node) const {
    const auto& asked = options_.operators_to_quantize;
    if (!asked.empty()) return std::ranges::find(asked, node.op_type()) != asked.end();
    const StaticOperator* op = static_operators().find(node.op_type());
    return op != nullptr && op->by_default();
  }

  /// nullptr, with the reason, if the node stays in float.
  const StaticOperator* find(const onnx::NodeProto& node, std::string& reason) const {
    if (!asks_for(node)) return nullptr;
    if (const auto entry = exclusions_.nodes.find(node.name());
        entry != exclusions_.nodes.end() && !node.name().empty()) {
      reason = "excluded by '" + entry->second + "'";
      return nullptr;
    }
    if (const std::string domain = foreign_domain_of(node); !domain.empty()) {
      reason = "it is an operator of " + domain;
      return nullptr;
    }
    const StaticOperator* op = static_operators().find(node.op_type());
    if (op == nullptr) {
      reason = "static quantization does not support it";
    } else if (node.input_size() < op->fewest_inputs() || node.output_size() == 0) {
      reason = "it lacks inputs or outputs";
      return nullptr;
    }
    return op;
  }

  /// In words, of an operator that is neither ONNX's nor ONNX Runtime's: it only has the same name.
  std::string foreign_domain_of(const onnx::NodeProto& node) const {
    for (const onnx::FunctionProto& function : model_.proto().functions()) {
      if (function.name() == node.op_type() && function.domain() == node.domain()) {
        return "the model itself (a local function)";
      }
    }
    const std::string& domain = node.domain();
    const bool known = domain.empty() || domain == "ai.onnx" || domain == "com.microsoft";
    return known ? "" : "domain '" + domain + "'";
  }

  bool selects(const onnx::NodeProto& node) const {
    std::string reason;
    return find(node, reason) != nullptr;
  }

 private:
  const graph::Model& model_;
  const StaticOptions& options_;
  Exclusions exclusions_;
};

/// Counts the outcome for each node.
class Bookkeeper {
 public:
  Bookkeeper(Report& report, const graph::ElementTypes& types, const Selection& selection)
      : report_(report), types_(types), selection_(selection) {
    report_.warnings = selection.warnings();
  }

  void note(const onnx::NodeProto& node, const std::string& name, bool quantized,
            const std::string& reason) {
    const std::string& op_type = node.op_type();
    if (quantized) {
      ++report_.quantized[op_type];
      report_.quantized_nodes.push_back(name);
    } else if (selection_.asks_for(node)) {
      if (!works_on_floats(node)) return;
      ++report_.left[op_type];
      report_.left_nodes.push_back({name, op_type, reason});
    } else if (computes(op_type) && works_on_floats(node)) {
      ++report_.left[op_type];
    }
  }

  static std::string name_of(const onnx::NodeProto& node) {
    return node.name().empty() && node.output_size() > 0 ? node.output(0) : node.name();
  }

 private:
  bool works_on_floats(const onnx::NodeProto& node) const {
    const auto is_float = [&](const std::string& tensor) { return types_.is_float(tensor); };
    return std::ranges::any_of(node.input(), is_float) ||
           std::ranges::any_of(node.output(), is_float);
  }

  Report& report_;
  const graph::ElementTypes& types_;
  const Selection& selection_;
};

/// Marks all nodes. Calls `note` with the outcome for each node.
template <typename Note>
void mark_nodes(onnx::GraphProto& graph, const Selection& selection, QdqMarker& marker,
                const Note& note) {
  for (onnx::NodeProto& node : *graph.mutable_node()) {
    const std::string name = Bookkeeper::name_of(node);
    std::string reason;
    if (std::string why = obstacle_to_fusion(node); !why.empty()) {
      marker.keep_in_float(node.output(0), std::move(why));
    }
    const StaticOperator* op = selection.find(node, reason);
    if (op != nullptr) {
      reason = op->mark(marker, node);
      marker.note_quantized(node);
    }
    note(node, name, op != nullptr && reason.empty(), reason);
  }
}

/// One quantization: the common part of both formats.
class StaticQuantizer {
 public:
  StaticQuantizer(graph::Model& model, const Ranges& ranges, const StaticOptions& options)
      : model_(model),
        options_(options),
        selection_(model, options),
        types_(model),
        wiring_(model.graph()),
        ranges_(adjusted_ranges(
            ranges, model.graph(), wiring_,
            [this](const onnx::NodeProto& node) { return selection_.selects(node); })),
        products_(product_activations(model, options)),
        maps_(activation_maps(ranges_, options, products_)),
        books_(report_, types_, selection_) {}

  Report qdq() {
    QdqMarker marker(wiring_, model_, types_, options_, &maps_);
    mark_nodes(model_.graph(), selection_, marker,
               [this](const onnx::NodeProto& node, const std::string& name, bool quantized,
                      const std::string& reason) { books_.note(node, name, quantized, reason); });
    QdqWriter(model_, wiring_, options_, maps_, products_, report_).write(marker);
    report_.warnings.insert(report_.warnings.end(), marker.warnings().begin(),
                            marker.warnings().end());
    wiring_.drop_removed();
    return std::move(report_);
  }

  Report qoperator() {
    QOperatorWriter writer(model_, types_, options_, maps_, report_);
    for (const onnx::NodeProto& node : model_.graph().node()) {
      std::string reason;
      if (std::string why = obstacle_to_fusion(node); !why.empty()) {
        writer.keep_in_float(node.output(0), std::move(why));
      }
      const StaticOperator* op = selection_.find(node, reason);
      if (op != nullptr) reason = op->write(writer, node);
      const bool quantized = op != nullptr && reason.empty();
      if (!quantized) writer.keep(node);
      books_.note(node, Bookkeeper::name_of(node), quantized, reason);
    }
    writer.finish();
    return std::move(report_);
  }

 private:
  graph::Model& model_;
  const StaticOptions& options_;
  Selection selection_;
  graph::ElementTypes types_;
  graph::Wiring wiring_;
  Ranges ranges_;
  std::set<std::string> products_;
  std::map<std::string, Affine> maps_;
  Report report_;
  Bookkeeper books_;
};

/// Removes value_info of tensors that no longer exist or are integers now.
void drop_stale_value_infos(graph::Model& model) {
  onnx::GraphProto& graph = model.graph();
  std::unordered_set<std::string> made;
  for (const auto& node : graph.node()) made.insert(node.output().begin(), node.output().end());
  auto& values = *graph.mutable_value_info();
  const auto kept = std::stable_partition(
      values.pointer_begin(), values.pointer_end(),
      [&](const onnx::ValueInfoProto* value) { return made.count(value->name()) != 0; });
  const auto first = static_cast<int>(kept - values.pointer_begin());
  values.DeleteSubrange(first, values.size() - first);
}

/// Activations that the selected nodes read or make, in graph order, as far as `wanted(node,
/// tensor)`.
template <typename Wanted>
std::vector<std::string> float_tensors(const graph::Model& model, const Selection& selection,
                                       const Wanted& wanted) {
  const graph::ElementTypes types(model);
  std::vector<std::string> found;
  std::unordered_set<std::string> seen;
  for (const onnx::NodeProto& node : model.graph().node()) {
    if (!selection.selects(node)) continue;
    for (const auto* tensors : {&node.input(), &node.output()}) {
      for (const std::string& tensor : *tensors) {
        if (types.is_float(tensor) && model.find_initializer(tensor) == nullptr &&
            wanted(node, tensor) && seen.insert(tensor).second) {
          found.push_back(tensor);
        }
      }
    }
  }
  return found;
}

/// What the QDQ format marks where every tensor has a range. Marks a copy, because marking can
/// remove nodes.
std::vector<QdqMark> planned_marks(const graph::Model& model, const Selection& selection,
                                   const StaticOptions& options) {
  onnx::GraphProto graph = model.graph();
  graph::sort_topologically(graph);
  graph::Wiring wiring(graph);
  const graph::ElementTypes types(model);
  QdqMarker marker(wiring, model, types, options, nullptr);
  mark_nodes(graph, selection, marker, [](const auto&...) {});
  return marker.marks();
}

}  // namespace

std::set<std::string> product_activations(const graph::Model& model, const StaticOptions& options) {
  const bool differ = options.product_activation_type || options.product_activation_symmetric;
  if (!differ || options.format != QuantFormat::kQdq) return {};
  std::set<std::string> products;
  for (const QdqMark& mark : planned_marks(model, Selection(model, options), options)) {
    if (mark.is_product) products.insert(mark.tensor);
  }
  return products;
}

std::vector<std::string> tensors_to_calibrate(const graph::Model& model,
                                              const StaticOptions& options) {
  require_quantizable(model);
  const Selection selection(model, options);
  if (options.format == QuantFormat::kQOperator) {
    return float_tensors(model, selection, [](const auto&...) { return true; });
  }
  std::unordered_set<std::string> used;
  for (const QdqMark& mark : planned_marks(model, selection, options)) {
    if (mark.shares.empty()) used.insert(mark.tensor);
  }
  return float_tensors(model, selection,
                       [&](const onnx::NodeProto& node, const std::string& tensor) {
                         const bool cuts = node.op_type() == "Relu" || node.op_type() == "Clip";
                         return cuts || used.count(tensor) != 0;
                       });
}

std::vector<std::string> tensors_to_calibrate_each(const graph::Model& model,
                                                   const StaticOptions& options) {
  require_quantizable(model);
  return float_tensors(model, Selection(model, options), [](const auto&...) { return true; });
}

Report quantize_static(graph::Model& model, const Ranges& ranges, const StaticOptions& options) {
  require_quantizable(model);
  graph::normalize(model);
  StaticQuantizer quantizer(model, ranges, options);
  Report report = options.format == QuantFormat::kQdq ? quantizer.qdq() : quantizer.qoperator();
  const bool keeps_weights = options.format == QuantFormat::kQdq && options.add_qdq_pair_to_weight;
  if (!keeps_weights) graph::remove_unused_initializers(model);
  drop_stale_value_infos(model);
  graph::sort_topologically(model.graph());
  return report;
}

}  // namespace quantbench::quantize
