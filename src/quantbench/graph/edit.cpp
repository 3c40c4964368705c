#include "quantbench/graph/edit.h"

#include <functional>
#include <queue>
#include <unordered_map>
#include <utility>
#include <vector>

#include "quantbench/base/error.h"
#include "quantbench/graph/subgraph.h"

namespace quantbench::graph {

UniqueNames::UniqueNames(const Model& model) {
  add(model.graph());
  names_.insert(model.initializer_names().begin(), model.initializer_names().end());
}

void UniqueNames::add(const onnx::GraphProto& graph) {
  for (const auto& input : graph.input()) names_.insert(input.name());
  for (const auto& output : graph.output()) names_.insert(output.name());
  for (const auto& value : graph.value_info()) names_.insert(value.name());
  for (const auto& initializer : graph.initializer()) names_.insert(initializer.name());
  for (const auto& initializer : graph.sparse_initializer()) {
    names_.insert(initializer.values().name());
  }
  for (const auto& node : graph.node()) {
    names_.insert(node.name());
    names_.insert(node.input().begin(), node.input().end());
    names_.insert(node.output().begin(), node.output().end());
    for (const auto& attribute : node.attribute()) {
      if (attribute.has_g()) add(attribute.g());
      for (const auto& subgraph : attribute.graphs()) add(subgraph);
    }
  }
}

std::string UniqueNames::make(const std::string& wanted) {
  if (names_.insert(wanted).second) return wanted;
  for (int suffix = 1;; ++suffix) {
    std::string name = wanted + "_" + std::to_string(suffix);
    if (names_.insert(name).second) return name;
  }
}

onnx::NodeProto make_node(std::string op_type, std::initializer_list<std::string> inputs,
                          std::initializer_list<std::string> outputs, std::string name,
                          std::string domain) {
  onnx::NodeProto node;
  node.set_op_type(std::move(op_type));
  for (const std::string& input : inputs) node.add_input(input);
  for (const std::string& output : outputs) node.add_output(output);
  if (!name.empty()) node.set_name(std::move(name));
  if (!domain.empty()) node.set_domain(std::move(domain));
  return node;
}

const onnx::AttributeProto* find_attribute(const onnx::NodeProto& node, std::string_view name) {
  for (const auto& attribute : node.attribute()) {
    if (attribute.name() == name) return &attribute;
  }
  return nullptr;
}

std::int64_t int_attribute(const onnx::NodeProto& node, std::string_view name,
                           std::int64_t fallback) {
  const auto* attribute = find_attribute(node, name);
  return attribute != nullptr && attribute->has_i() ? attribute->i() : fallback;
}

float float_attribute(const onnx::NodeProto& node, std::string_view name, float fallback) {
  const auto* attribute = find_attribute(node, name);
  return attribute != nullptr && attribute->has_f() ? attribute->f() : fallback;
}

void set_attribute(onnx::NodeProto& node, const std::string& name, std::int64_t value) {
  auto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::INT);
  attribute.set_i(value);
}

void sort_topologically(onnx::GraphProto& graph) {
  const int count = graph.node_size();
  std::unordered_map<std::string, int> producers;
  for (int i = 0; i < count; ++i) {
    for (const std::string& output : graph.node(i).output()) {
      if (!output.empty()) producers.emplace(output, i);
    }
  }
  std::vector<int> missing(count, 0);
  std::vector<std::vector<int>> readers(count);
  const auto depend = [&](int reader, const std::string& tensor) {
    if (const auto found = producers.find(tensor); found != producers.end()) {
      ++missing[reader];
      readers[found->second].push_back(reader);
    }
  };
  for (int i = 0; i < count; ++i) {
    for (const std::string& input : graph.node(i).input()) depend(i, input);
    for (const std::string& name : captured_names(graph.node(i))) depend(i, name);
  }
  // The ready node that comes first in the given order.
  std::priority_queue<int, std::vector<int>, std::greater<>> ready;
  for (int i = 0; i < count; ++i) {
    if (missing[i] == 0) ready.push(i);
  }
  std::vector<int> order;
  while (!ready.empty()) {
    const int next = ready.top();
    ready.pop();
    order.push_back(next);
    for (const int reader : readers[next]) {
      if (--missing[reader] == 0) ready.push(reader);
    }
  }
  if (static_cast<int>(order.size()) != count) {
    for (int i = 0; i < count; ++i) {
      if (missing[i] > 0) {
        throw Error("the graph has a cycle", "node '" + graph.node(i).name() + "'");
      }
    }
  }
  google::protobuf::RepeatedPtrField<onnx::NodeProto> sorted;
  sorted.Reserve(count);
  for (const int i : order) *sorted.Add() = std::move(*graph.mutable_node(i));
  graph.mutable_node()->Swap(&sorted);
}

}  // namespace quantbench::graph
