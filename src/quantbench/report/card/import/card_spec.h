#pragma once

#include <string>
#include <vector>

#include "quantbench/base/json.h"
#include "quantbench/report/document.h"

namespace quantbench::report {

/// Names of metrics that give `figures`, without the evaluation times. A figure means to the task
/// what Task::metric says: "f1" is one of seqeval's for token classification.
Json metrics_of_figures(const std::vector<std::string>& figures, const std::string& task);

/// A spec for an imported card's grid, with `protocol: reference`. Facts of the card without a key
/// in the spec become comments. If the spec cannot run as it is, a comment gives the reason.
std::string spec_of_card(const Document& result);

}  // namespace quantbench::report
