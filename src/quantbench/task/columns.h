#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "quantbench/base/error.h"
#include "quantbench/task/task.h"

namespace quantbench::task {

/// Throws Error unless data_keys has every key the task requires and none it does not know, all
/// columns that data_keys and ref_keys name are in the split, and ref_keys names one.
void check_columns(const Task& task, const TaskContext& context, const dataset::Split& split);

/// Column that the data key names; nullopt when it is absent or null.
std::optional<std::string> data_column(const TaskContext& context, const std::string& key);

/// The data set's names of the classes of a column; empty when it does not say.
std::vector<std::string> data_class_names(const dataset::Split& split, const std::string& column);

/// Text of a cell. Numbers are written as they print: a column of sentences that are all numbers is
/// read as numbers. Throws Error for anything else.
std::string text_of(const dataset::Example& example, const std::string& column);

/// Calls `check(row)` for every row, which it reads some at a time; an Error that leaves it gets
/// the row's file and line.
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
