#include "quantbench/task/passes.h"

#include <algorithm>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <variant>

#include "quantbench/base/error.h"

namespace quantbench::task {

namespace {

/// Tokens of a batch: more make it no faster and push its activations out of the cache.
constexpr std::int64_t kTokens = 256;
constexpr std::int64_t kRows = 16;

/// Tokens of a pass; 0 when it has no token axis.
std::int64_t tokens_of(const Pass& pass) {
  const auto& inputs = pass.features->inputs;
  if (inputs.empty() || inputs[0].tensor.shape.size() != 2) return 0;
  return inputs[0].tensor.shape[1];
}

}  // namespace

std::vector<runtime::Tensor> take_row(const std::vector<runtime::Tensor>& batch, std::size_t row,
                                      std::size_t rows) {
  std::vector<runtime::Tensor> single;
  for (const runtime::Tensor& output : batch) {
    if (output.shape.empty() || output.shape[0] != static_cast<std::int64_t>(rows)) {
      throw Error("an output of the model does not have the batch as its first axis");
    }
    runtime::Tensor part;
    part.shape = output.shape;
    part.shape[0] = 1;
    std::visit(
        [&](const auto& values) {
          const std::size_t size = values.size() / rows;
          const auto start = values.begin() + static_cast<long>(row * size);
          part.values = std::decay_t<decltype(values)>(start, start + static_cast<long>(size));
        },
        output.values);
    single.push_back(std::move(part));
  }
  return single;
}

void run_alone(const runtime::Session& session, const Pass& pass) {
  *pass.outputs = session.run(select_inputs(pass.features->inputs, session.inputs()));
}

void run_together(const runtime::Session& session, const Processor& processor,
                  const std::vector<Pass>& passes) {
  std::vector<const Features*> together;
  for (const Pass& pass : passes) together.push_back(pass.features);
  const auto outputs = session.run(select_inputs(processor.collate(together), session.inputs()));
  for (std::size_t i = 0; i < passes.size(); ++i) {
    *passes[i].outputs = take_row(outputs, i, passes.size());
  }
}

void run_joined(const runtime::Session& session, const Processor& processor,
                std::vector<Pass> passes) {
  std::stable_sort(passes.begin(), passes.end(),
                   [](const Pass& a, const Pass& b) { return tokens_of(a) > tokens_of(b); });
  for (std::size_t first = 0; first < passes.size();) {
    const std::int64_t tokens = tokens_of(passes[first]);
    const auto most = static_cast<std::size_t>(
        tokens == 0 ? 1 : std::clamp(kTokens / tokens, std::int64_t{1}, kRows));
    std::size_t end = first + 1;
    while (end < passes.size() && end - first < most && tokens_of(passes[end]) == tokens) ++end;
    if (end - first == 1) {
      run_alone(session, passes[first]);
    } else {
      run_together(
          session, processor,
          {passes.begin() + static_cast<long>(first), passes.begin() + static_cast<long>(end)});
    }
    first = end;
  }
}

}  // namespace quantbench::task
