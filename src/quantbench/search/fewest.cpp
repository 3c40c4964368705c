#include "quantbench/search/fewest.h"

#include <algorithm>

namespace quantbench::search {

std::vector<std::size_t> Fewest::next() const {
  std::vector<std::size_t> out;
  if (!enough) {
    std::size_t last = failed;
    for (std::size_t length = step; out.size() < at_a_time && last < most; length *= 2) {
      last = std::min(last + length, most);
      out.push_back(last);
    }
  } else if (from_above) {
    std::size_t last = *enough;
    for (std::size_t length = step; out.size() < at_a_time && last - failed > length; length *= 2) {
      last -= length;
      out.push_back(last);
    }
    if (out.empty() && last - failed > 1) out.push_back(failed + 1);
    std::reverse(out.begin(), out.end());
  } else {
    const std::size_t between = *enough - failed;
    for (std::size_t i = 1; i <= at_a_time; ++i) {
      const std::size_t count = failed + between * i / (at_a_time + 1);
      if (count > failed && (out.empty() || count > out.back())) out.push_back(count);
    }
  }
  return out;
}

void Fewest::take(const std::vector<std::size_t>& counts, const std::vector<bool>& accepted) {
  step <<= counts.size();
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (accepted.at(i)) {
      enough = counts[i];
      return;
    }
    failed = counts[i];
    from_above = false;
  }
}

}  // namespace quantbench::search
