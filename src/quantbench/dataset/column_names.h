#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace quantbench::dataset {

/// Most columns that a table may have. A file of megabytes could name millions, each of which costs
/// more than its bytes in every row.
inline constexpr std::size_t kMaxColumns = 100'000;

/// The names of a table's columns in order, each once.
class ColumnNames {
 public:
  /// `where` stands for the file in messages.
  explicit ColumnNames(std::string where) : where_(std::move(where)) {}

  /// False when there is a column of that name already. Throws Error for more than kMaxColumns.
  bool add(std::string_view name);
  bool contains(const std::string& name) const { return known_.contains(name); }
  const std::vector<std::string>& all() const { return names_; }

 private:
  std::string where_;
  std::vector<std::string> names_;
  std::unordered_set<std::string> known_;
};

/// Throws the Error about a table of more columns.
[[noreturn]] void refuse_columns(const std::string& where);

}  // namespace quantbench::dataset
