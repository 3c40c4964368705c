#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "quantbench/base/error.h"
#include "quantbench/runtime/session.h"

namespace quantbench::task::test {

/// A model whose logits are a function of a row's token ids (mask 0 left out), with the inputs it
/// is told to have. It notes the shape of every call.
class FakeSession : public runtime::Session {
 public:
  using Model = std::function<std::vector<float>(const std::vector<std::int64_t>& ids)>;

  FakeSession(std::vector<std::string> inputs, Model model) : model_(std::move(model)) {
    for (std::string& name : inputs) inputs_.push_back({std::move(name), false, {-1, -1}});
  }

  const std::vector<runtime::InputInfo>& inputs() const override { return inputs_; }
  const std::vector<std::string>& output_names() const override { return outputs_; }

  std::vector<runtime::Tensor> run(const std::vector<runtime::NamedTensor>& inputs) const override {
    const auto& ids = values(inputs.at(0));
    const auto& mask = values(inputs.at(1));
    const auto rows = static_cast<std::size_t>(inputs[0].tensor.shape.at(0));
    const std::size_t columns = ids.size() / rows;
    std::vector<float> logits;
    for (std::size_t row = 0; row < rows; ++row) {
      std::vector<std::int64_t> seen;
      for (std::size_t i = row * columns; i < (row + 1) * columns; ++i) {
        if (mask[i] == 1) seen.push_back(ids[i]);
      }
      for (const float value : model_(seen)) logits.push_back(value);
    }
    const std::scoped_lock lock(mutex_);
    calls_.push_back(inputs);
    const auto width = static_cast<std::int64_t>(logits.size() / rows);
    return {{{static_cast<std::int64_t>(rows), width}, std::move(logits)}};
  }

  void run_visit(const std::vector<runtime::NamedTensor>&,
                 const runtime::OutputVisitor&) const override {
    throw Error("not needed here");
  }
  std::unique_ptr<Bound> bind(const std::vector<runtime::NamedTensor>&) const override {
    throw Error("not needed here");
  }

  /// Inputs of every call so far, in the order in which calls ended.
  std::vector<std::vector<runtime::NamedTensor>> calls() const {
    const std::scoped_lock lock(mutex_);
    return calls_;
  }

  static const std::vector<std::int64_t>& values(const runtime::NamedTensor& input) {
    return std::get<std::vector<std::int64_t>>(input.tensor.values);
  }

 private:
  Model model_;
  std::vector<runtime::InputInfo> inputs_;
  std::vector<std::string> outputs_ = {"logits"};
  mutable std::mutex mutex_;
  mutable std::vector<std::vector<runtime::NamedTensor>> calls_;
};

}  // namespace quantbench::task::test
