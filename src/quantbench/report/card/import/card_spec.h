#pragma once

#include <string>
#include <vector>

#include "quantbench/base/json.h"
#include "quantbench/store/result.h"

namespace quantbench::report {

/// Names of metrics that give `figures` (the times of an evaluation left out): seqeval's four under
/// either generation's names, SQuAD's two, and those that are metrics themselves.
Json metrics_of_figures(const std::vector<std::string>& figures, const std::string& task);

/// A spec that runs what an imported card reports, under `protocol: reference`. What the card has
/// and a spec has no key for stands as a comment; so does the reason when the spec cannot run as it
/// is.
std::string spec_of_card(const store::RunResult& result);

}  // namespace quantbench::report
