#include "quantbench/analysis/shape.h"

#include <algorithm>

namespace quantbench::analysis {

namespace {

void add_once(std::vector<Shape>& list, const Shape& shape) {
  if (std::find(list.begin(), list.end(), shape) == list.end()) list.push_back(shape);
}

std::vector<std::int64_t> integers(const Json& spec, const char* key) {
  std::vector<std::int64_t> out;
  const auto found = spec.find(key);
  if (found == spec.end() || !found->is_array()) return out;
  for (const Json& value : *found) {
    if (value.is_number_integer()) out.push_back(value.get<std::int64_t>());
  }
  return out;
}

}  // namespace

Shape shape_of(const measure::Timing& timing) { return {timing.batch_size, timing.input_length}; }

const measure::Timing* timing_at(const std::vector<measure::Timing>& timings, const Shape& shape) {
  const auto found = std::find_if(timings.begin(), timings.end(),
                                  [&](const auto& timing) { return shape_of(timing) == shape; });
  return found == timings.end() ? nullptr : &*found;
}

std::vector<Shape> timed_shapes(const store::RunResult& result) {
  std::vector<Shape> timed;
  for (const store::Row& row : result.rows) {
    for (const auto* timings : {&row.timings, &row.original_timings}) {
      for (const measure::Timing& timing : *timings) add_once(timed, shape_of(timing));
    }
  }
  return timed;
}

std::vector<Shape> shapes_in_spec_order(const store::RunResult& result) {
  const std::vector<Shape> timed = timed_shapes(result);
  std::vector<Shape> ordered;
  for (const std::int64_t batch : integers(result.spec, "batch_sizes")) {
    for (const std::int64_t length : integers(result.spec, "input_lengths")) {
      const Shape shape{batch, length};
      const bool was_timed = std::find(timed.begin(), timed.end(), shape) != timed.end();
      if (was_timed || timed.empty()) add_once(ordered, shape);
    }
  }
  for (const Shape& shape : timed) add_once(ordered, shape);
  return ordered;
}

}  // namespace quantbench::analysis
