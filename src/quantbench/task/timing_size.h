#pragma once

#include <cstdint>

namespace quantbench::task {

/// Most elements of an input that is timed: 1 GiB of pixels, 2 GiB of token ids.
inline constexpr std::int64_t kMaxTimingElements = std::int64_t{1} << 28;

/// Throws Error when a batch of samples of this size is larger. `elements` names what is counted:
/// "tokens", "values".
void require_timing_size(std::int64_t batch_size, std::int64_t sample_elements,
                         const char* elements);

}  // namespace quantbench::task
