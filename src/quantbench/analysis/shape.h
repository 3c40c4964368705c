#pragma once

#include <cstdint>
#include <vector>

#include "quantbench/measure/timing.h"

namespace quantbench::analysis {

/// One batch size and input length at which models are timed.
struct Shape {
  std::int64_t batch_size = 0;
  std::int64_t input_length = 0;
  bool operator==(const Shape&) const = default;
};

Shape shape_of(const measure::Timing& timing);

/// The first of the timings at that shape, nullptr where there is none.
const measure::Timing* timing_at(const std::vector<measure::Timing>& timings, const Shape& shape);

}  // namespace quantbench::analysis
