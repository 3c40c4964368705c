#include "quantbench/dataset/row_table.h"

#include <algorithm>
#include <utility>

#include "quantbench/base/error.h"

namespace quantbench::dataset {

void RowTable::add(Example row, const std::string& where, std::size_t line) {
  if (!row.is_object()) {
    throw Error(std::string("a row is ") + row.type_name() + ", expected an object", where,
                "each row is {\"column\": value, ...}");
  }
  for (const auto& [column, value] : row.items()) {
    if (std::find(columns_.begin(), columns_.end(), column) == columns_.end()) {
      columns_.push_back(column);
    }
  }
  rows_.push_back(std::move(row));
  lines_.push_back(line);
}

std::optional<Example> RowTable::next() {
  if (next_ == rows_.size()) return std::nullopt;
  Example row = std::move(rows_[next_++]);
  for (const std::string& column : columns_) {
    if (!row.contains(column)) row[column] = nullptr;
  }
  return row;
}

}  // namespace quantbench::dataset
