#pragma once

#include <cstddef>
#include <vector>

#include "quantbench/task/schedule.h"

namespace quantbench::task {

/// Row `row` of the batch axis of every output, as outputs of batch 1. Throws Error unless every
/// output has `rows` rows.
std::vector<runtime::Tensor> take_row(const std::vector<runtime::Tensor>& batch, std::size_t row,
                                      std::size_t rows);

/// One forward per pass.
void run_alone(const runtime::Session& session, const Pass& pass);

/// One forward for all passes, padded to the longest.
void run_together(const runtime::Session& session, const Processor& processor,
                  const std::vector<Pass>& passes);

}  // namespace quantbench::task
