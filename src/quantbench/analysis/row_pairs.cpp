#include "quantbench/analysis/row_pairs.h"

#include <algorithm>
#include <set>
#include <string>

namespace quantbench::analysis {

namespace {

using store::Row;
using store::RunResult;

Json parameter(const RunResult& result, const Row& row, const std::string& key) {
  if (row.parameters.contains(key)) return row.parameters[key];
  return result.fixed.is_object() ? result.fixed.value(key, Json()) : Json();
}

/// What makes two rows the same.
std::string identity(const RunResult& result, const Row& row, const std::set<std::string>& keys) {
  Json values = Json::array();
  for (const std::string& key : keys) values.push_back(parameter(result, row, key));
  // The unordered JSON sorts the keys of objects.
  return nlohmann::json(values).dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

RowPairs match_rows(const RunResult& first, const RunResult& second) {
  std::set<std::string> keys;
  for (const RunResult* result : {&first, &second}) {
    for (const auto& [key, values] : result->benchmarked.items()) keys.insert(key);
  }
  std::vector<std::pair<std::string, const Row*>> open;
  for (const Row& row : first.rows) open.emplace_back(identity(first, row, keys), &row);
  RowPairs out;
  for (const Row& row : second.rows) {
    const std::string wanted = identity(second, row, keys);
    const auto partner = std::find_if(open.begin(), open.end(),
                                      [&](const auto& one) { return one.first == wanted; });
    if (partner == open.end()) {
      out.only_second.push_back(&row);
      continue;
    }
    out.both.emplace_back(partner->second, &row);
    open.erase(partner);
  }
  for (const auto& [name, row] : open) out.only_first.push_back(row);
  return out;
}

}  // namespace quantbench::analysis
