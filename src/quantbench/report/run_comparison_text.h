#pragma once

#include <string>
#include <utility>
#include <vector>

#include "quantbench/analysis/run_comparison.h"
#include "quantbench/base/json.h"

namespace quantbench::report {

/// For a pull request: a sentence with the verdict, the regressions, the inconclusive latencies,
/// notes, all figures folded.
std::string comparison_markdown(const analysis::RunComparison& comparison);

/// {"regressions", "inconclusive": [...], "latencies": [...], "streams": [...], "metrics": [...],
/// "broken", "notes"}, see docs/report.md.
Json comparison_json(const analysis::RunComparison& comparison);

/// "0.970 to 1.020", or "-" without an interval.
std::string interval_text(const measure::Ratio& ratio);

/// [low, high], or null without an interval.
Json interval_json(const measure::Ratio& ratio);

/// What is compared: "before" and "after", or "original" and "row".
std::pair<std::string, std::string> sides(const analysis::RunComparison& comparison);

/// "2 streams, 1 x 32".
std::string load_text(const analysis::Load& load);

/// "ROW, 1 x 32: ratio 1.020; the 95 % interval is ..." for each inconclusive latency.
std::vector<std::string> inconclusive_lines(const analysis::RunComparison& comparison);

/// "2 regressions" or "no regression", and how many latencies are inconclusive, with the objects of
/// the comparison.
std::string verdict(const analysis::RunComparison& comparison);

}  // namespace quantbench::report
