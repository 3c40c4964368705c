#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace quantbench::dataset {

/// The numbers 0 to `count` - 1 in the order of numpy's `default_rng(seed).permutation(count)`,
/// which `Dataset.shuffle(seed)` of the `datasets` library uses.
///
/// SeedSequence (O'Neill's seed_seq_fe, as in numpy) seeds PCG64 (O'Neill 2014, XSL-RR 128/64). Its
/// 32-bit halves, masked and rejected above the bound, drive a Fisher-Yates shuffle from the end.
/// Throws Error for 2^32 rows or more, because numpy draws differently there.
std::vector<std::size_t> shuffled_order(std::size_t count, std::uint32_t seed);

}  // namespace quantbench::dataset
