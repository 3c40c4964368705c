#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "quantbench/store/result.h"

namespace quantbench::analysis {

/// Indices of the rows in the order of the result table: by rising latency at the first shape.
std::vector<std::size_t> table_order(const store::RunResult& result);

/// The index of a row by its name (row_names) or by its place in the result table, from 1. Throws
/// Error with the run's rows and their places if there is no such row.
std::size_t find_row(const store::RunResult& result, const std::string& row);

}  // namespace quantbench::analysis
