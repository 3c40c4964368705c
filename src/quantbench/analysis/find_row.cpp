#include "quantbench/analysis/find_row.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "quantbench/analysis/comparison.h"
#include "quantbench/analysis/row_name.h"
#include "quantbench/analysis/shape.h"
#include "quantbench/base/error.h"
#include "quantbench/base/text.h"

namespace quantbench::analysis {

namespace {

/// The number that `text` is; nullopt: it is something else.
std::optional<std::size_t> number_of(const std::string& text) {
  std::size_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, number);
  return failure == std::errc() && stop == end ? std::optional(number) : std::nullopt;
}

}  // namespace

std::vector<std::size_t> table_order(const store::RunResult& result) {
  const std::vector<Shape> shapes = shapes_in_spec_order(result);
  return fastest_first(result, shapes.empty() ? Shape{} : shapes.front());
}

std::size_t find_row(const store::RunResult& result, const std::string& row) {
  const std::vector<std::string> names = row_names(result);
  const auto named = std::find(names.begin(), names.end(), row);
  if (named != names.end()) return static_cast<std::size_t>(named - names.begin());
  const std::vector<std::size_t> order = table_order(result);
  const auto place = number_of(row);
  if (place && *place >= 1 && *place <= order.size()) return order[*place - 1];
  std::vector<std::string> known;
  for (std::size_t i = 0; i < order.size(); ++i) {
    known.push_back(std::to_string(i + 1) + " '" + names[order[i]] + "'");
  }
  throw Error("the run has no such row", "ROW " + row, "its rows: " + join_some(known, ", "));
}

}  // namespace quantbench::analysis
