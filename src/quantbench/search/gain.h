#pragma once

#include <optional>

#include "quantbench/measure/ratio.h"
#include "quantbench/search/tune.h"
#include "quantbench/store/result.h"

namespace quantbench::search {

/// How much better a row is than its original in what the objective asks for; above 1: better. Of
/// latencies the geometric mean of the paired speedups over the row's shapes. Its interval takes
/// the shapes' noise as independent: half its width, in logarithms, is the root of the sum of their
/// squares, divided by their number. Sizes have no noise: their interval has no width. nullopt
/// where a shape was not timed beside the original, or a size is not known.
std::optional<measure::Ratio> gain_of(Objective objective, const store::Row& original,
                                      const store::Row& row);

/// Whether `one` is worse than `other` beyond their noise, and by more than `least`, a share.
bool is_worse(const measure::Ratio& one, const measure::Ratio& other, double least);

}  // namespace quantbench::search
