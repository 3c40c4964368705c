#pragma once

#include <optional>
#include <string>

#include "quantbench/metric/registry.h"
#include "quantbench/report/table.h"
#include "quantbench/store/result.h"

namespace quantbench::report {

/// A number with its 95 % interval as far as it is known: "0.147 (0.09 to 0.21)".
/// `digits`: after the point.
std::string with_interval(const std::optional<double>& value, const std::optional<double>& low,
                          const std::optional<double>& high, int digits);

/// Digits after the point of a loss.
int loss_digits(const store::RunResult& result);

/// The steps of a search in their order, one line each: candidate, samples, loss and speedup with
/// their intervals, operators in float where mixed precision was tried, verdict, reason.
Table steps_table(const store::RunResult& result);

}  // namespace quantbench::report
