#include "quantbench/quantize/pattern.h"

#include <algorithm>
#include <span>
#include <utility>

namespace quantbench::quantize {

namespace {

bool climb(const graph::Index& index, const onnx::NodeProto& from, std::span<const Step> steps,
           Occurrence& path) {
  if (steps.empty()) return true;
  const Step& step = steps.front();
  for (int i = 0; i < from.input_size(); ++i) {
    if (step.input >= 0 && step.input != i) continue;
    const onnx::NodeProto* above = index.producer(from.input(i));
    if (above == nullptr || above->op_type() != step.op_type) continue;
    path.push_back(above);
    if (climb(index, *above, steps.subspan(1), path)) return true;
    path.pop_back();
  }
  return false;
}

std::string with_article(const std::string& op_type) {
  const bool vowel = std::string_view("AEIOU").find(op_type.front()) != std::string_view::npos;
  return (vowel ? "an " : "a ") + op_type;
}

class Neighbours : public Pattern {
 public:
  enum class Side { kProducer, kConsumer };

  Neighbours(std::string op_type, Side side, std::string neighbour)
      : op_type_(std::move(op_type)), side_(side), neighbour_(std::move(neighbour)) {}

  std::string summary() const override {
    return with_article(op_type_) + (side_ == Side::kProducer ? " fed by " : " that feeds ") +
           with_article(neighbour_);
  }

  std::vector<std::string> operators() const override { return {op_type_, neighbour_}; }

  std::vector<Occurrence> find(const graph::Index& index) const override {
    std::vector<Occurrence> found;
    for (const onnx::NodeProto& node : index.graph().node()) {
      if (node.op_type() == op_type_ && has_neighbour(index, node)) found.push_back({&node});
    }
    return found;
  }

 private:
  bool has_neighbour(const graph::Index& index, const onnx::NodeProto& node) const {
    if (side_ == Side::kProducer) {
      return std::ranges::any_of(node.input(), [&](const std::string& input) {
        const onnx::NodeProto* above = index.producer(input);
        return above != nullptr && above->op_type() == neighbour_;
      });
    }
    return std::ranges::any_of(node.output(), [&](const std::string& output) {
      return std::ranges::any_of(index.consumers(output), [&](const onnx::NodeProto* below) {
        return below->op_type() == neighbour_;
      });
    });
  }

  std::string op_type_;
  Side side_;
  std::string neighbour_;
};

}  // namespace

Occurrence match_path(const graph::Index& index, const onnx::NodeProto& last,
                      std::initializer_list<Step> steps) {
  Occurrence path = {&last};
  if (!climb(index, last, std::span(steps.begin(), steps.size()), path)) return {};
  std::ranges::reverse(path);
  return path;
}

std::vector<Occurrence> find_paths(const graph::Index& index, std::string_view last,
                                   std::initializer_list<Step> steps) {
  std::vector<Occurrence> found;
  for (const onnx::NodeProto& node : index.graph().node()) {
    if (node.op_type() != last) continue;
    Occurrence path = match_path(index, node, steps);
    if (!path.empty()) found.push_back(std::move(path));
  }
  return found;
}

std::unique_ptr<const Pattern> fed_by(std::string op_type, std::string producer) {
  return std::make_unique<Neighbours>(std::move(op_type), Neighbours::Side::kProducer,
                                      std::move(producer));
}

std::unique_ptr<const Pattern> feeds(std::string op_type, std::string consumer) {
  return std::make_unique<Neighbours>(std::move(op_type), Neighbours::Side::kConsumer,
                                      std::move(consumer));
}

}  // namespace quantbench::quantize
