#include "quantbench/analysis/row_pairs.h"

#include <algorithm>
#include <set>
#include <string>

#include "quantbench/analysis/row_name.h"

namespace quantbench::analysis {

namespace {

using store::Row;
using store::RunResult;

Json parameter(const RunResult& result, const Row& row, const std::string& key) {
  if (row.parameters.contains(key)) return row.parameters[key];
  return result.fixed.is_object() ? result.fixed.value(key, Json()) : Json();
}

/// Keys without a value in any original of a run that benchmarks them: ways of quantizing, which
/// say nothing of an original. A run with one way of quantizing has it among its fixed parameters,
/// where it seems to hold for the original too.
void erase_ways_of_quantizing(const RunResult& result, std::set<std::string>& keys) {
  std::erase_if(keys, [&](const std::string& key) {
    if (!result.benchmarked.contains(key)) return false;
    bool any_original = false;
    for (const Row& row : result.rows) {
      if (row.quantized) continue;
      any_original = true;
      if (!row.parameters.value(key, Json()).is_null()) return false;
    }
    return any_original;
  });
}

/// Identity of a row.
std::string identity(const RunResult& result, const Row& row, const std::set<std::string>& keys,
                     const std::set<std::string>& original_keys) {
  Json values = Json::array({row.quantized});
  for (const std::string& key : row.quantized ? keys : original_keys)
    values.push_back(parameter(result, row, key));
  // The unordered JSON sorts the keys of objects.
  return nlohmann::json(values).dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

RowPairs match_rows(const RunResult& first, const RunResult& second) {
  std::set<std::string> keys;
  for (const RunResult* result : {&first, &second}) {
    for (const auto& [key, values] : result->benchmarked.items()) keys.insert(key);
  }
  keys.erase(kApplyQuantization);
  std::set<std::string> original_keys = keys;
  for (const RunResult* result : {&first, &second})
    erase_ways_of_quantizing(*result, original_keys);
  std::vector<std::pair<std::string, const Row*>> open;
  for (const Row& row : first.rows)
    open.emplace_back(identity(first, row, keys, original_keys), &row);
  RowPairs out;
  for (const Row& row : second.rows) {
    const std::string wanted = identity(second, row, keys, original_keys);
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
