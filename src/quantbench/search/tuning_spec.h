#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "quantbench/base/json.h"
#include "quantbench/search/discover.h"

namespace quantbench::search {

/// What a search is to reach, in the words of a spec.
struct Goal {
  std::string strategy;
  Json strategy_args = Json::object();
  std::optional<std::int64_t> max_samples = {};
};

/// The spec of a search, YAML: what `run` takes for the same search. Of `strategy_args`, a missing
/// metric is the one found, and missing shapes are one sample of each input length found.
std::string tuning_spec(const Question& question, const Discovery& found, const Goal& goal);

}  // namespace quantbench::search
