#pragma once

#include <string>

#include "quantbench/analysis/run_comparison.h"
#include "quantbench/base/json.h"

namespace quantbench::report {

/// For a pull request: a sentence with the verdict, the regressions, all figures folded, notes.
std::string comparison_markdown(const analysis::RunComparison& comparison);

/// {"regressions", "latencies": [...], "metrics": [...], "broken", "notes"}, see docs/cli.md.
Json comparison_json(const analysis::RunComparison& comparison);

/// "0.970 to 1.020", or "-" without an interval.
std::string interval_text(const measure::Ratio& ratio);

/// [low, high], or null without an interval.
Json interval_json(const measure::Ratio& ratio);

/// "2 regressions" or "no regression", with the objects of the comparison.
std::string verdict(const analysis::RunComparison& comparison);

}  // namespace quantbench::report
