#pragma once

#include <filesystem>
#include <string>

#include "quantbench/report/document.h"

namespace quantbench::report {

/// A run by whatever name the user has for it: the directory `quantbench run --out` wrote, its
/// results.json, a model card in one of the three layouts, or the id of a run in the result store
/// `store` (a unique prefix is enough). A file or directory of that name comes before the store.
/// Throws Error naming the file, the line of a card that cannot be read, or what was looked for.
Document open_result(const std::string& name, const std::filesystem::path& store);

}  // namespace quantbench::report
