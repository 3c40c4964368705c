#pragma once

#include <string>
#include <vector>

#include "quantbench/base/json.h"
#include "quantbench/spec/spec.h"

namespace quantbench::search {

/// Frameworks that a search tries where none is named: those that are installed and run graphs.
/// One that quantizes what it opens, as a library for training does, must be asked for.
std::vector<std::string> usual_frameworks();

/// Throws Error naming `where` for a framework that is unknown, or whose library is not installed.
void require_frameworks(const std::vector<std::string>& names, const std::string& where);

/// Where a search begins: the original on the first of `frameworks` that does not quantize by
/// itself (none: the default one), and on each of them what approaches and presets declare as worth
/// trying, as points of a grid (spec::with_points). Presets that are made for other machines, and
/// approaches that a framework does not take, are left out. `calibration_samples`: of approaches
/// that calibrate.
std::vector<Json> starting_points(const std::vector<std::string>& frameworks, const Json& machine,
                                  std::size_t calibration_samples);

/// The cell with these nodes in float, besides those that it leaves in float itself.
spec::Cell with_excluded(spec::Cell cell, const std::vector<std::string>& nodes);

}  // namespace quantbench::search
