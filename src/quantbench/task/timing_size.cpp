#include "quantbench/task/timing_size.h"

#include <algorithm>
#include <string>

#include "quantbench/base/error.h"

namespace quantbench::task {

void require_timing_size(std::int64_t batch_size, std::int64_t sample_elements,
                         const char* elements) {
  if (batch_size <= kMaxTimingElements / std::max<std::int64_t>(sample_elements, 1)) return;
  throw Error("a batch of " + std::to_string(batch_size) + " samples of " +
                  std::to_string(sample_elements) + " " + elements + " each",
              "batch_sizes, input_lengths",
              "at most " + std::to_string(kMaxTimingElements) + " " + elements + " are timed");
}

}  // namespace quantbench::task
