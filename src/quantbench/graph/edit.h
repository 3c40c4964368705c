#pragma once

#include <onnx/onnx_pb.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <unordered_set>

#include "quantbench/graph/model.h"

namespace quantbench::graph {

/// All names in use in a model (nodes and tensors, also in subgraphs), and new unused names.
class UniqueNames {
 public:
  explicit UniqueNames(const Model& model);

  bool contains(std::string_view name) const { return names_.count(std::string(name)) != 0; }
  /// `wanted` if it is unused, else "wanted_1", "wanted_2", ... The result then counts as used.
  std::string make(const std::string& wanted);

 private:
  void add(const onnx::GraphProto& graph);
  std::unordered_set<std::string> names_;
};

/// A node without attributes.
onnx::NodeProto make_node(std::string op_type, std::initializer_list<std::string> inputs,
                          std::initializer_list<std::string> outputs, std::string name,
                          std::string domain = {});

/// nullptr if the node has no such attribute.
const onnx::AttributeProto* find_attribute(const onnx::NodeProto& node, std::string_view name);
std::int64_t int_attribute(const onnx::NodeProto& node, std::string_view name,
                           std::int64_t fallback);
float float_attribute(const onnx::NodeProto& node, std::string_view name, float fallback);
void set_attribute(onnx::NodeProto& node, const std::string& name, std::int64_t value);

/// Orders the nodes so that each comes after the nodes whose outputs it reads (also in subgraphs).
/// Keeps the given order where possible. Throws Error for a cycle.
void sort_topologically(onnx::GraphProto& graph);

}  // namespace quantbench::graph
