#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "quantbench/base/error.h"
#include "quantbench/task/task.h"

namespace quantbench::task {

/// Throws Error unless data_keys has every required key and no unknown one, ref_keys names one
/// column, and the split has all these columns.
void check_columns(const Task& task, const TaskContext& context, const dataset::Split& split);

/// Column that the data key names; nullopt if it is missing or null.
std::optional<std::string> data_column(const TaskContext& context, const std::string& key);

/// The data set's names for the classes of a column; empty if unknown.
std::vector<std::string> data_class_names(const dataset::Split& split, const std::string& column);

/// Text of a cell. A number becomes its printed form, because a column of purely numeric sentences
/// is read as numbers. Throws Error for other types.
std::string text_of(const dataset::Example& example, const std::string& column);

/// Calls `check(row)` for every row; reads a few rows at a time. If `check` throws an Error, the
/// row's file and line are added.
template <typename Check>
void for_each_row(const dataset::Split& split, Check&& check) {
  constexpr std::size_t kAtOnce = 64;
  for (std::size_t first = 0; first < split.size(); first += kAtOnce) {
    const auto rows = split.read(first, std::min(kAtOnce, split.size() - first));
    for (std::size_t i = 0; i < rows.size(); ++i) {
      try {
        check(rows[i]);
      } catch (Error& error) {
        error.add_context(split.place(first + i));
        throw;
      }
    }
  }
}

}  // namespace quantbench::task
