#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "quantbench/dataset/dataset.h"

namespace quantbench::dataset {

/// A table whose rows were all read at once, for formats that name their columns row by row. The
/// columns are those of all rows in order of appearance; a row that lacks one has null there.
class RowTable : public Table {
 public:
  /// Throws Error when `row` is no object. `line` 0: rows have no line.
  void add(Example row, const std::string& where, std::size_t line = 0);

  const std::vector<std::string>& columns() const override { return columns_; }
  std::optional<Example> next() override;
  std::size_t line() const override { return next_ == 0 ? 0 : lines_[next_ - 1]; }

 private:
  std::vector<std::string> columns_;
  std::vector<Example> rows_;
  std::vector<std::size_t> lines_;
  std::size_t next_ = 0;
};

}  // namespace quantbench::dataset
