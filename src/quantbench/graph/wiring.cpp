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
  for (const std::string& input : node.input()) {
    if (!input.empty()) readers_[input].push_back(&node);
  }
  for (const std::string& name : captured_names(node)) readers_[name].push_back(&node);
}

onnx::NodeProto* Wiring::producer(const std::string& tensor) const {
  const auto found = producers_.find(tensor);
  return found == producers_.end() ? nullptr : found->second;
}

const std::vector<onnx::NodeProto*>& Wiring::readers(const std::string& tensor) const {
  static const std::vector<onnx::NodeProto*> none;
  const auto found = readers_.find(tensor);
  return found == readers_.end() ? none : found->second;
}

onnx::NodeProto& Wiring::add(onnx::NodeProto node) {
  onnx::NodeProto& added = *graph_.add_node();
  added = std::move(node);
  enter(added);
  return added;
}

void Wiring::replace_reads_of(onnx::NodeProto& node, const std::string& tensor,
                              const std::string& replacement) {
  for (std::string& input : *node.mutable_input()) {
    if (input != tensor) continue;
    auto& readers = readers_[tensor];
    if (const auto at = std::ranges::find(readers, &node); at != readers.end()) readers.erase(at);
    input = replacement;
    readers_[replacement].push_back(&node);
  }
}

void Wiring::replace_reads(const std::string& tensor, const std::string& replacement) {
  const std::string name = tensor;  // may be strings of one of the nodes
  const std::string other = replacement;
  // All at once: taken one after the other, each would move those behind it.
  const std::vector<onnx::NodeProto*> before = std::exchange(readers_[name], {});
  std::unordered_map<onnx::NodeProto*, std::size_t> entries;
  for (onnx::NodeProto* node : before) ++entries[node];
  for (onnx::NodeProto* node : before) {
    std::size_t left = std::exchange(entries[node], 0);
    for (std::string& input : *node->mutable_input()) {
      if (left == 0 || input != name) continue;
      input = other;
      readers_[other].push_back(node);
      --left;
    }
    // What a subgraph captures keeps its name.
    readers_[name].insert(readers_[name].end(), left, node);
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

bool Wiring::captured(const std::string& tensor) const {
  return std::ranges::any_of(readers(tensor), [&](const onnx::NodeProto* reader) {
    return captured_names(*reader).count(tensor) != 0;
  });
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
  for (const std::string& input : node.input()) {
    const auto read = readers_.find(input);
    if (read != readers_.end()) std::erase(read->second, &node);
  }
  removed_.insert(&node);
}

void Wiring::drop_removed() {
  auto& nodes = *graph_.mutable_node();
  const auto kept =
      std::stable_partition(nodes.pointer_begin(), nodes.pointer_end(),
                            [&](const onnx::NodeProto* node) { return removed_.count(node) == 0; });
  nodes.DeleteSubrange(static_cast<int>(kept - nodes.pointer_begin()),
                       static_cast<int>(nodes.pointer_end() - kept));
  removed_.clear();
}

}  // namespace quantbench::graph
