#pragma once

#include <cstddef>
#include <string>

#include "quantbench/deploy/loading.h"
#include "quantbench/report/document.h"
#include "quantbench/spec/spec.h"

namespace quantbench::deploy {

/// README.md of a deployed row, Markdown with the front matter of the Hub: what the model is, what
/// a search decided of it, its figures beside the original's, how programs load it, the settings
/// that it was measured with. `cell` is the row's cell of the spec.
std::string readme(const report::Document& result, std::size_t row, const spec::Cell& cell,
                   const Loading& loading);

}  // namespace quantbench::deploy
