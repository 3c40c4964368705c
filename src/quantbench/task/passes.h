#pragma once

#include <cstddef>
#include <vector>

#include "quantbench/task/schedule.h"

namespace quantbench::task {

/// Part `row` of the batch axis of every output, as outputs of batch 1. Throws Error when an output
/// does not have `rows` rows.
std::vector<runtime::Tensor> take_row(const std::vector<runtime::Tensor>& batch, std::size_t row,
                                      std::size_t rows);

/// One forward for one pass.
void run_alone(const runtime::Session& session, const Pass& pass);

/// One forward for all the passes, padded to the longest.
void run_together(const runtime::Session& session, const Processor& processor,
                  const std::vector<Pass>& passes);

}  // namespace quantbench::task
