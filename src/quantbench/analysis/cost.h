#pragma once

#include <cstdint>
#include <optional>

#include "quantbench/analysis/answer.h"
#include "quantbench/analysis/shape.h"
#include "quantbench/store/result.h"

namespace quantbench::analysis {

/// What an hour of the run's machine costs, by the spec's price_per_hour: the price of a name that
/// the run's backend_args give to the machine, else `any`. nullopt: not given.
std::optional<double> price_per_hour(const store::RunResult& result);

/// What a million samples cost, in the currency of the price. The machine does nothing else.
struct Cost {
  double per_million = 0;
  std::int64_t streams = 0;  ///< concurrent streams that work so; 0: one caller at a time
};

/// The lowest cost of a row at a shape, over all that was measured there: one caller at a time, and
/// each number of concurrent streams. nullopt: it was not timed there.
std::optional<Cost> cost_of(const store::Row& row, const Shape& shape, double price_per_hour);

/// What the answer costs, beside its original.
struct AnswerCost {
  double price_per_hour = 0;
  Cost row;
  Cost original;
};

/// nullopt: the price is not given, or the row or its original was not timed at the answer's shape.
std::optional<AnswerCost> cost_of(const store::RunResult& result, const Answer& answer);

}  // namespace quantbench::analysis
