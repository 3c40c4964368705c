#include "quantbench/quantize/exclusion.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <optional>
#include <set>
#include <string_view>

#include "quantbench/base/error.h"
#include "quantbench/base/text.h"
#include "quantbench/quantize/layers.h"
#include "quantbench/quantize/pattern.h"

namespace quantbench::quantize {

namespace {

constexpr std::string_view kLayer = "layer:";

bool is_glob(const std::string& entry) { return entry.find_first_of("*?") != std::string::npos; }

using Nodes = std::vector<const onnx::NodeProto*>;

int count_of_kind(const onnx::GraphProto& graph, std::string_view op_type) {
  return static_cast<int>(std::ranges::count_if(
      graph.node(), [&](const onnx::NodeProto& node) { return node.op_type() == op_type; }));
}

std::string why_nothing(const Pattern& pattern, const onnx::GraphProto& graph) {
  for (const std::string& fused : pattern.fused_forms()) {
    if (const int count = count_of_kind(graph, fused)) {
      return fmt::format(
          "the graph has it as {} {} node(s), which are quantized only if operators_to_quantize "
          "says so",
          count, fused);
    }
  }
  for (const std::string& op_type : pattern.operators()) {
    if (count_of_kind(graph, op_type) == 0) return "the graph has no " + op_type;
  }
  return "the graph has its operators, but not " + pattern.summary();
}

Nodes nodes_of(const Pattern& pattern, const graph::Index& index) {
  Nodes nodes;
  std::set<const onnx::NodeProto*> seen;
  for (const Occurrence& occurrence : pattern.find(index)) {
    for (const onnx::NodeProto* node : occurrence) {
      if (seen.insert(node).second) nodes.push_back(node);
    }
  }
  return nodes;
}

std::optional<int> whole_number(std::string_view text) {
  int value = 0;
  const auto [rest, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc() || rest != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

std::pair<int, int> layer_range(const std::string& entry) {
  const std::vector<std::string> ends = split(std::string_view(entry).substr(kLayer.size()), '-');
  const auto first = whole_number(ends.front());
  const auto last = whole_number(ends.back());
  if (ends.size() > 2 || !first || !last || *first > *last) {
    throw Error("'" + entry + "' is not a layer", "node_exclusion",
                "write layer:3 or layer:0-2, counted from 0");
  }
  return {*first, *last};
}

std::string known_layers(const std::unordered_map<const onnx::NodeProto*, int>& layers) {
  if (layers.empty()) return "no node or weight of the graph has a layer in its name";
  const auto last = std::ranges::max_element(
      layers, [](const auto& a, const auto& b) { return a.second < b.second; });
  return fmt::format("the last layer of the graph is {}", last->second);
}

class Resolver {
 public:
  explicit Resolver(const onnx::GraphProto& graph) : graph_(graph), index_(graph) {}

  void add(const std::string& entry) {
    if (const Pattern* pattern = patterns().find(entry)) {
      take(entry, nodes_of(*pattern, index_), "pattern",
           [&] { return why_nothing(*pattern, graph_); });
    } else if (entry.starts_with(kLayer)) {
      add_layers(entry);
    } else if (Nodes named = matching(entry, false); !named.empty()) {
      take(entry, named, "node", [] { return std::string(); });
    } else if (is_glob(entry)) {
      take(entry, matching(entry, true), "glob",
           [] { return std::string("no node has such a name"); });
    } else {
      refuse(entry);
    }
  }

  Exclusions result;

 private:
  void take(const std::string& entry, const Nodes& nodes, std::string_view what,
            const std::function<std::string()>& why) {
    int unnamed = 0;
    for (const onnx::NodeProto* node : nodes) {
      if (node->name().empty()) {
        ++unnamed;
      } else {
        result.nodes.emplace(node->name(), entry);
      }
    }
    result.counts.emplace_back(entry, static_cast<int>(nodes.size()));
    if (unnamed > 0) {
      result.warnings.push_back(fmt::format(
          "node_exclusion: {} '{}' matches {} node(s) without a name, which cannot be excluded",
          what, entry, unnamed));
    }
    if (nodes.empty()) {
      result.warnings.push_back(
          fmt::format("node_exclusion: {} '{}' matches nothing: {}", what, entry, why()));
    }
  }

  void add_layers(const std::string& entry) {
    const auto [first, last] = layer_range(entry);
    const auto layers = layers_of_nodes(index_);
    Nodes nodes;
    for (const onnx::NodeProto& node : graph_.node()) {
      const auto layer = layers.find(&node);
      if (layer != layers.end() && layer->second >= first && layer->second <= last) {
        nodes.push_back(&node);
      }
    }
    take(entry, nodes, "layer range", [&] { return known_layers(layers); });
  }

  Nodes matching(const std::string& name, bool glob) const {
    Nodes nodes;
    for (const onnx::NodeProto& node : graph_.node()) {
      const bool match = glob ? glob_match(name, node.name()) : node.name() == name;
      if (match && !node.name().empty()) nodes.push_back(&node);
    }
    return nodes;
  }

  [[noreturn]] void refuse(const std::string& entry) const {
    const std::vector<std::string> known = patterns().names();
    std::vector<std::string> candidates = known;
    for (const onnx::NodeProto& node : graph_.node()) {
      if (!node.name().empty()) candidates.push_back(node.name());
    }
    const std::string near = nearest(entry, candidates);
    throw Error("'" + entry + "' is not a pattern or node name", "node_exclusion",
                near.empty() ? "patterns: " + join(known, ", ") +
                                   "; or the name of a node, a glob over names, or layer:N"
                             : "did you mean '" + near + "'?");
  }

  const onnx::GraphProto& graph_;
  graph::Index index_;
};

}  // namespace

std::vector<std::string> Exclusions::names() const {
  std::vector<std::string> out;
  for (const auto& [name, entry] : nodes) out.push_back(name);
  return out;
}

bool names_nodes(const std::string& entry) {
  return patterns().find(entry) == nullptr && !is_glob(entry);
}

Exclusions resolve_exclusions(const graph::Model& model,
                              const std::vector<std::string>& node_exclusion) {
  return resolve_exclusions(model.graph(), node_exclusion);
}

Exclusions resolve_exclusions(const onnx::GraphProto& graph,
                              const std::vector<std::string>& node_exclusion) {
  Resolver resolver(graph);
  for (const std::string& entry : node_exclusion) resolver.add(entry);
  return std::move(resolver.result);
}

void explain_exclusions(Report& report, const Exclusions& exclusions) {
  for (Report::Left& left : report.left_nodes) {
    const auto found = exclusions.nodes.find(left.node);
    if (found != exclusions.nodes.end()) left.reason = "excluded by '" + found->second + "'";
  }
  report.warnings.insert(report.warnings.end(), exclusions.warnings.begin(),
                         exclusions.warnings.end());
}

}  // namespace quantbench::quantize
