#pragma once

#include <cstdint>
#include <vector>

#include "quantbench/measure/timing.h"
#include "quantbench/store/result.h"

namespace quantbench::analysis {

/// One batch size and input length for timing.
struct Shape {
  std::int64_t batch_size = 0;
  std::int64_t input_length = 0;
  bool operator==(const Shape&) const = default;
};

Shape shape_of(const measure::Timing& timing);

/// The first timing at that shape; nullptr if the shape was not timed.
const measure::Timing* timing_at(const std::vector<measure::Timing>& timings, const Shape& shape);

/// Shapes at which any row or its own original was timed, in the order of the rows' timings.
std::vector<Shape> timed_shapes(const store::RunResult& result);

/// The same in the order of the spec, batch size slowest. When nothing was timed: all of the spec.
std::vector<Shape> shapes_in_spec_order(const store::RunResult& result);

}  // namespace quantbench::analysis
