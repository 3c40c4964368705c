#include "quantbench/analysis/shape.h"

#include <algorithm>

namespace quantbench::analysis {

Shape shape_of(const measure::Timing& timing) { return {timing.batch_size, timing.input_length}; }

const measure::Timing* timing_at(const std::vector<measure::Timing>& timings, const Shape& shape) {
  const auto found = std::find_if(timings.begin(), timings.end(),
                                  [&](const auto& timing) { return shape_of(timing) == shape; });
  return found == timings.end() ? nullptr : &*found;
}

}  // namespace quantbench::analysis
