#include "quantbench/task/outputs.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/base/text.h"
#include "quantbench/runtime/model_interface.h"

namespace quantbench::task {

namespace {

using runtime::OutputInfo;

std::string in_words(const std::string& name, const std::vector<std::int64_t>& shape) {
  std::string sizes;
  for (const std::int64_t size : shape) {
    sizes += (sizes.empty() ? "" : ", ") + (size < 0 ? std::string("any") : std::to_string(size));
  }
  return shape.empty() ? name : name + " [" + sizes + "]";
}

template <typename List>
std::string all_in_words(const List& outputs) {
  std::vector<std::string> words;
  for (const auto& output : outputs) words.push_back(in_words(output.name, output.shape));
  return join(words, ", ");
}

/// Outputs of models without a head, and those beside an answer.
bool is_hidden_state(std::string_view name) {
  constexpr std::array<std::string_view, 7> kNames = {
      "last_hidden_state", "hidden_states", "pooler_output",     "token_embeddings",
      "attentions",        "loss",          "sentence_embedding"};
  return std::ranges::any_of(kNames, [&](std::string_view one) { return name.starts_with(one); });
}

bool fits(const std::vector<std::int64_t>& shape, const std::vector<std::int64_t>& wanted) {
  if (shape.empty()) return true;  // unknown
  return std::ranges::equal(
      shape, wanted, [](auto one, auto other) { return one < 0 || other < 0 || one == other; });
}

[[noreturn]] void refuse(const std::vector<WantedOutput>& wanted,
                         const std::vector<OutputInfo>& outputs) {
  const bool no_head = std::ranges::all_of(
      outputs, [](const OutputInfo& output) { return is_hidden_state(output.name); });
  throw Error(
      "the model gives " + all_in_words(outputs) + ", and the task needs " + all_in_words(wanted),
      {},
      no_head ? "it has no head: export it with the head of the task"
              : "name the output of the head " + wanted.front().name);
}

}  // namespace

std::vector<std::size_t> find_outputs(const std::vector<WantedOutput>& wanted,
                                      const std::vector<OutputInfo>& outputs) {
  std::vector<std::size_t> places;
  for (const WantedOutput& one : wanted) {
    const auto found = std::ranges::find_if(outputs, [&](const OutputInfo& output) {
      return runtime::without_number(output.name) == one.name;
    });
    if (found == outputs.end()) break;
    if (!fits(found->shape, one.shape)) refuse(wanted, outputs);
    places.push_back(static_cast<std::size_t>(found - outputs.begin()));
  }
  if (places.size() == wanted.size()) return places;
  places.clear();
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const bool fits_one = std::ranges::any_of(
        wanted, [&](const WantedOutput& one) { return fits(outputs[i].shape, one.shape); });
    if (fits_one && !is_hidden_state(outputs[i].name)) places.push_back(i);
  }
  if (places.size() != wanted.size()) refuse(wanted, outputs);
  return places;
}

namespace {

class SomeOutputs final : public runtime::Session {
 public:
  SomeOutputs(const runtime::Session& session, std::vector<std::size_t> places)
      : session_(session), places_(std::move(places)) {
    for (const std::size_t place : places_) names_.push_back(session_.output_names().at(place));
  }

  const std::vector<runtime::InputInfo>& inputs() const override { return session_.inputs(); }
  const std::vector<std::string>& output_names() const override { return names_; }
  void run_visit(const std::vector<runtime::NamedTensor>& inputs,
                 const runtime::OutputVisitor& visitor) const override {
    session_.run_visit(inputs, [&](std::size_t output, const runtime::TensorView& view) {
      for (std::size_t i = 0; i < places_.size(); ++i) {
        if (places_[i] == output) visitor(i, view);
      }
    });
  }
  std::unique_ptr<Bound> bind(const std::vector<runtime::NamedTensor>& inputs) const override {
    return session_.bind(inputs);
  }

 private:
  const runtime::Session& session_;
  std::vector<std::size_t> places_;
  std::vector<std::string> names_;
};

}  // namespace

std::unique_ptr<runtime::Session> with_outputs(const runtime::Session& session,
                                               const std::vector<WantedOutput>& wanted) {
  if (wanted.empty()) return nullptr;
  const std::vector<runtime::OutputInfo> outputs = session.outputs();
  std::vector<std::size_t> places = find_outputs(wanted, outputs);
  std::vector<std::size_t> all(outputs.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  if (places == all) return nullptr;
  return std::make_unique<SomeOutputs>(session, std::move(places));
}

}  // namespace quantbench::task
