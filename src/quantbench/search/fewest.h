#pragma once

#include <cstddef>
#include <optional>
#include <vector>

namespace quantbench::search {

/// A search for the smallest number that is enough: where it begins, and how it goes on.
struct Fewest {
  std::size_t failed = 0;                  ///< too few
  std::optional<std::size_t> enough = {};  ///< a number that is enough; nullopt: none is known
  std::size_t most = 0;                    ///< the largest to try while none is known
  std::size_t step = 1;       ///< from `failed` to the first to try while none is known
  bool from_above = false;    ///< `enough` is hardly more than needed: step down from it
  std::size_t at_a_time = 1;  ///< how many numbers are tried together

  /// Numbers to try next, ascending. Empty: `enough` is the answer. While none is known that is
  /// enough: failed + step, then steps twice as long, up to `most`. From above: enough - 1, then
  /// steps twice as long. Else what divides the numbers between.
  std::vector<std::size_t> next() const;
  /// Takes over which of the numbers that `next` gave are enough.
  void take(const std::vector<std::size_t>& counts, const std::vector<bool>& accepted);
};

/// The smallest number above `failed` that `test` accepts, where it accepts every larger one too.
/// nullopt: it accepts none. `test` gets what Fewest::next gives, and says of each number whether
/// it accepts it (std::vector<bool>).
template <typename Test>
std::optional<std::size_t> fewest(Fewest search, const Test& test) {
  for (;;) {
    const std::vector<std::size_t> counts = search.next();
    if (counts.empty()) return search.enough;
    search.take(counts, test(counts));
  }
}

}  // namespace quantbench::search
