#pragma once

#include <string>

#include "quantbench/report/document.h"

namespace quantbench::report {

/// A spec (YAML) that runs a result's grid again: for a run, with its own settings and its author's
/// paths; for an imported card, the spec of import_card.
std::string spec_of_result(const Document& result);

}  // namespace quantbench::report
