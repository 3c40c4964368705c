#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

namespace quantbench::search {

/// Where a search for the smallest number that is enough begins, and how it goes on.
struct Fewest {
  std::size_t failed = 0;                  ///< too few
  std::optional<std::size_t> enough = {};  ///< a number that is enough; nullopt: none is known
  std::size_t most = 0;                    ///< the largest to try while none is known
  std::size_t step = 1;       ///< from `failed` to the first to try while none is known
  std::size_t at_a_time = 1;  ///< how many numbers each call of the test gets
};

/// The smallest number above `failed` that `test` accepts, where it accepts every larger one too.
/// Without a number that is enough it tries failed + step first, then steps twice as long, up to
/// `most`. Then it divides what is left. nullopt: `test` accepts none.
///
/// `test` gets up to `at_a_time` numbers in ascending order (std::vector<std::size_t>), and says of
/// each whether it accepts it (std::vector<bool>).
template <typename Test>
std::optional<std::size_t> fewest(Fewest search, const Test& test) {
  for (;;) {
    const std::size_t end = search.enough ? *search.enough : search.most + 1;
    std::vector<std::size_t> counts;
    std::size_t last = search.failed;
    for (std::size_t i = 1; i <= search.at_a_time; ++i) {
      std::size_t count = search.failed + (end - search.failed) * i / (search.at_a_time + 1);
      if (!search.enough) {
        count = std::min(last + search.step, search.most);
        search.step *= 2;
      }
      if (count > last && count < end) counts.push_back(count);
      last = std::max(last, count);
    }
    if (counts.empty()) return search.enough;
    const std::vector<bool> accepted = test(counts);
    for (std::size_t i = 0; i < counts.size(); ++i) {
      if (accepted.at(i)) {
        search.enough = counts[i];
        break;
      }
      search.failed = counts[i];
    }
  }
}

}  // namespace quantbench::search
