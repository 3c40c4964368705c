#pragma once

#include <string>

#include "quantbench/report/document.h"

namespace quantbench::report {

/// A spec (YAML) that runs the grid of a result again: of a run with the run's own settings, paths
/// as its author wrote them; of an imported card as import_card gives it.
std::string spec_of_result(const Document& result);

}  // namespace quantbench::report
