#include "quantbench/graph/entry_count.h"

#include <cstdint>
#include <string>

#include "quantbench/base/error.h"
#include "quantbench/graph/wire.h"

namespace quantbench::graph {

namespace {

/// The messages that hold others without bound, and the fields that do (onnx.proto).
enum class Message { kModel, kGraph, kFunction, kNode, kAttribute, kOther };

Message inner(Message outer, std::uint32_t field) {
  switch (outer) {
    case Message::kModel:
      return field == 7 ? Message::kGraph : field == 25 ? Message::kFunction : Message::kOther;
    case Message::kGraph:
      return field == 1 ? Message::kNode : Message::kOther;
    case Message::kFunction:
      return field == 7 ? Message::kNode : Message::kOther;
    case Message::kNode:
      return field == 5 ? Message::kAttribute : Message::kOther;
    case Message::kAttribute:
      return field == 6 || field == 11 ? Message::kGraph : Message::kOther;
    case Message::kOther:
      break;
  }
  return Message::kOther;
}

class Counter {
 public:
  explicit Counter(std::size_t most) : most_(most) {}

  bool has_too_many() const { return entries_ > most_; }

  void count(std::span<const std::byte> bytes, Message message, int depth) {
    // Protobuf itself reads no more.
    constexpr int kDeepest = 100;
    if (depth > kDeepest) return;
    WireReader reader(bytes, "model");
    while (const auto field = reader.next()) {
      if (++entries_ > most_) return;
      const Message next = field->is_message ? inner(message, field->number) : Message::kOther;
      if (next != Message::kOther) count(field->payload, next, depth + 1);
    }
  }

 private:
  std::size_t most_;
  std::size_t entries_ = 0;
};

}  // namespace

void require_few_entries(std::span<const std::byte> model, std::size_t most) {
  Counter counter(most);
  try {
    counter.count(model, Message::kModel, 0);
  } catch (const Error&) {
    return;  // malformed, which is told where it is read
  }
  if (counter.has_too_many()) {
    throw Error("the graph has more than " + std::to_string(most) + " nodes, attributes and names");
  }
}

}  // namespace quantbench::graph
