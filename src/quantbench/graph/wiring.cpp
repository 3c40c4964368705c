#include "quantbench/graph/wiring.h"

#include <algorithm>
#include <utility>

#include "quantbench/graph/subgraph.h"

namespace quantbench::graph {

Wiring::Wiring(onnx::GraphProto& graph) : graph_(graph) {
  for (onnx::NodeProto& node : *graph.mutable_node()) enter(node);
  for (const auto& input : graph.input()) inputs_.insert(input.name());
  for (const auto& output : graph.output()) outputs_.insert(output.name());
}

void Wiring::enter(onnx::NodeProto& node) {
  for (const std::string& output : node.output()) {
    if (!output.empty()) producers_[output] = &node;
  }
  for (int i = 0; i < node.input_size(); ++i) {
    if (!node.input(i).empty()) readers_[node.input(i)].add(&node, i);
  }
  for (const std::string& name : captured_names(node)) {
    readers_[name].add(&node, kCaptured);
    captured_.insert(name);
  }
}

void Wiring::Readers::add(onnx::NodeProto* node, int input) {
  nodes.push_back(node);
  inputs.push_back(input);
}

void Wiring::Readers::settle() {
  if (gone.empty()) return;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const auto dropped = gone.find(nodes[i]);
    if (dropped != gone.end() && dropped->second > 0) {
      --dropped->second;
      continue;
    }
    nodes[kept] = nodes[i];
    inputs[kept++] = inputs[i];
  }
  nodes.resize(kept);
  inputs.resize(kept);
  gone.clear();
}

onnx::NodeProto* Wiring::producer(const std::string& tensor) const {
  const auto found = producers_.find(tensor);
  return found == producers_.end() ? nullptr : found->second;
}

const std::vector<onnx::NodeProto*>& Wiring::readers(const std::string& tensor) const {
  static const std::vector<onnx::NodeProto*> none;
  const auto found = readers_.find(tensor);
  if (found == readers_.end()) return none;
  found->second.settle();
  return found->second.nodes;
}

onnx::NodeProto& Wiring::add(onnx::NodeProto node) {
  onnx::NodeProto& added = *graph_.add_node();
  added = std::move(node);
  enter(added);
  return added;
}

void Wiring::replace_reads_of(onnx::NodeProto& node, const std::string& tensor,
                              const std::string& replacement) {
  const std::string name = tensor;  // may be strings of one of the nodes
  const std::string other = replacement;
  for (int i = 0; i < node.input_size(); ++i) {
    if (node.input(i) != name) continue;
    readers_[name].drop(&node);
    node.set_input(i, other);
    readers_[other].add(&node, i);
  }
}

void Wiring::replace_reads(const std::string& tensor, const std::string& replacement) {
  const std::string name = tensor;  // may be strings of one of the nodes
  const std::string other = replacement;
  // All at once: taken one after the other, each would move those behind it.
  Readers before = std::exchange(readers_[name], {});
  before.settle();
  for (std::size_t i = 0; i < before.nodes.size(); ++i) {
    onnx::NodeProto* const node = before.nodes[i];
    const int input = before.inputs[i];
    // What a subgraph captures keeps its name.
    if (input != kCaptured) node->set_input(input, other);
    readers_[input == kCaptured ? name : other].add(node, input);
  }
}

void Wiring::rename_made(const std::string& tensor, const std::string& name) {
  const auto found = producers_.find(tensor);
  if (found == producers_.end()) return;
  onnx::NodeProto* node = found->second;
  const std::string old = tensor;  // may be the very string that is changed
  producers_.erase(found);
  for (std::string& output : *node->mutable_output()) {
    if (output == old) output = name;
  }
  producers_[name] = node;
}

bool Wiring::bypass(onnx::NodeProto& node) {
  const std::string from = node.input(0);
  const std::string to = node.output(0);
  if (!is_graph_output(to)) {
    if (captured(to)) return false;
    remove(node);
    replace_reads(to, from);
    return true;
  }
  if (producer(from) == nullptr || is_graph_output(from) || captured(from)) return false;
  remove(node);
  rename_made(from, to);
  replace_reads(from, to);
  return true;
}

void Wiring::remove(onnx::NodeProto& node) {
  for (const std::string& output : node.output()) {
    const auto made = producers_.find(output);
    if (made != producers_.end() && made->second == &node) producers_.erase(made);
  }
  const auto drop = [&](const std::string& name) {
    if (const auto read = readers_.find(name); read != readers_.end()) read->second.drop(&node);
  };
  for (const std::string& input : node.input()) drop(input);
  for (const std::string& name : captured_names(node)) drop(name);
  removed_.insert(&node);
}

void Wiring::drop_removed() {
  for (auto& [name, readers] : readers_) readers.settle();
  auto& nodes = *graph_.mutable_node();
  const auto kept =
      std::stable_partition(nodes.pointer_begin(), nodes.pointer_end(),
                            [&](const onnx::NodeProto* node) { return removed_.count(node) == 0; });
  nodes.DeleteSubrange(static_cast<int>(kept - nodes.pointer_begin()),
                       static_cast<int>(nodes.pointer_end() - kept));
  removed_.clear();
}

}  // namespace quantbench::graph
