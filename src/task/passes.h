#pragma once

#include <cstddef>
#include <vector>

#include "quantbench/task/task.h"

namespace quantbench::task {

/// One forward pass of a sample and where its outputs go.
struct Pass {
  const Features* features = nullptr;
  std::vector<runtime::Tensor>* outputs = nullptr;
};

/// Part `row` of the batch axis of every output, as outputs of batch 1. Throws Error when an output
/// does not have `rows` rows.
std::vector<runtime::Tensor> take_row(const std::vector<runtime::Tensor>& batch, std::size_t row,
                                      std::size_t rows);

void run_alone(const runtime::Session& session, const Pass& pass);

/// One forward for all the passes, padded to the longest.
void run_together(const runtime::Session& session, const Processor& processor,
                  const std::vector<Pass>& passes);

/// Runs every pass, those of as many tokens in one batch, which pads none: matrix products of 200
/// rows take half the time a row that those of 20 do. Only for models whose result for a row does
/// not depend on the other rows (runtime::rows_are_independent): they compute what they would have
/// computed for each alone, but for float32's rounding. Passes without a token axis run alone.
void run_joined(const runtime::Session& session, const Processor& processor,
                std::vector<Pass> passes);

}  // namespace quantbench::task
