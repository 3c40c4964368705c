#pragma once

#include <filesystem>
#include <string>

#include "quantbench/report/document.h"

namespace quantbench::report {

/// A run by any of its names: the directory of `quantbench run --out`, its results.json, a model
/// card in one of the three layouts, or a run's id in the result store `store` (a unique prefix is
/// enough). Files and directories come before the store. Throws Error naming the file, the card's
/// line, or the searched places.
Document open_result(const std::string& name, const std::filesystem::path& store);

}  // namespace quantbench::report
