#include "quantbench/analysis/trust.h"

#include <algorithm>
#include <utility>

namespace quantbench::analysis {

RunTrust trust_of(const store::RunResult& result) {
  RunTrust out;
  std::vector<std::pair<std::size_t, std::string>> counts;
  for (const store::Row& row : result.rows) {
    for (const measure::Timing& timing : row.timings) {
      const measure::Verdict& verdict = timing.verdict;
      if (verdict.trust == measure::Trust::kUnknown) continue;
      ++out.timings;
      out.worst = std::max(out.worst, verdict.trust);
      out.with_care += verdict.trust == measure::Trust::kWithCare ? 1 : 0;
      out.not_trusted += verdict.trust == measure::Trust::kNot ? 1 : 0;
    }
  }
  for (const store::Row& row : result.rows) {
    for (const measure::Timing& timing : row.timings) {
      if (timing.verdict.trust != out.worst) continue;
      for (const std::string& reason : timing.verdict.reasons) {
        const auto known = std::find_if(counts.begin(), counts.end(),
                                        [&](const auto& one) { return one.second == reason; });
        if (known == counts.end()) {
          counts.emplace_back(1, reason);
        } else {
          ++known->first;
        }
      }
    }
  }
  std::stable_sort(counts.begin(), counts.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  for (auto& [count, reason] : counts) out.reasons.push_back(std::move(reason));
  return out;
}

}  // namespace quantbench::analysis
