#pragma once

#include <functional>
#include <string>

#include "quantbench/report/card/card.h"

namespace quantbench::report {

/// "# Evaluation" with "## Non-time metrics" (`figures_table`) and "## Time metrics" (one
/// `time_table` per shape), as in cards 000, 001, 002 and 004.
std::string evaluation_sections(const Document& result, const Table& figures_table,
                                const std::function<Table(const analysis::Shape&)>& time_table);

/// One of the two times in the tables.
struct TimeColumn {
  const char* name;  ///< the member of measure::Timing, the key of CardStyle::decimals
  const char* unit;
  double measure::Timing::*member;
};
inline constexpr TimeColumn kTimeColumns[] = {
    {"latency_mean", "ms", &measure::Timing::latency_mean},
    {"throughput", "/s", &measure::Timing::throughput},
};

/// July's columns: an original and an optimized column per figure.
void add_original_and_optimized_figures(Table& table, const Document& result,
                                        const std::vector<const store::Row*>& rows);
void add_original_and_optimized_times(Table& table, const Document& result,
                                      const std::vector<const store::Row*>& rows,
                                      const analysis::Shape& shape);

/// The rows that July's layouts show. Throws Error if the run has no original to compare with.
std::vector<const store::Row*> compared_rows(const Document& result, const std::string& layout);

}  // namespace quantbench::report
