#pragma once

#include <string>
#include <string_view>

#include "quantbench/report/document.h"
#include "quantbench/report/registry.h"
#include "quantbench/store/result.h"

namespace quantbench::report {

/// Writes a run as `format`: "card" (the layout in the spec or the imported card), a layout by
/// name, "json" or "csv". Imported cards never get remarks, so their bytes stay the same. Throws
/// Error for an unknown format, with the nearest name.
std::string render(const Document& result, const std::string& format,
                   Remarks remarks = Remarks::kAtTheEnd);

/// An imported card.
struct ImportedCard {
  Document result;
  /// A spec that runs the same grid (see spec::load).
  std::string spec_yaml;
};

/// Reads a card of any of the three layouts, also one that lost its line breaks. `render(result,
/// "card")` then gives the same bytes (without line breaks: the same tokens). `name` is the file's
/// name in messages. Throws Error "card.md:12: ..." with the line that does not belong to a card.
ImportedCard import_card(std::string_view text, const std::string& name);

}  // namespace quantbench::report
