#include "quantbench/dataset/column_names.h"

#include "quantbench/base/error.h"

namespace quantbench::dataset {

bool ColumnNames::add(std::string_view name) {
  if (!known_.emplace(name).second) return false;
  if (names_.size() == kMaxColumns) refuse_columns(where_);
  names_.emplace_back(name);
  return true;
}

void refuse_columns(const std::string& where) {
  throw Error("more than " + std::to_string(kMaxColumns) + " columns", where,
              "a table may have that many at most");
}

}  // namespace quantbench::dataset
