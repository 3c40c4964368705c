#pragma once

#include <string>

#include "quantbench/base/registry.h"
#include "quantbench/report/document.h"

namespace quantbench::report {

/// What a card says beyond its tables.
enum class Remarks {
  /// Exactly the structure of the reference's cards.
  kNone,
  /// A section at the end: failed and skipped rows, operators quantized and left in float,
  /// warnings,
  /// memory, machine, versions.
  kAtTheEnd
};

/// A way to write a run out: a card in one of three layouts (configuration_rows,
/// original_optimized_columns, combined), json, csv.
class Layout {
 public:
  virtual ~Layout() = default;
  /// Throws Error when the run lacks what the layout needs (an original to compare with, say).
  virtual std::string render(const Document& result, Remarks remarks) const = 0;
};

using LayoutRegistry = Registry<Layout>;
void register_builtin_layouts(LayoutRegistry& registry);
LayoutRegistry& layouts();

}  // namespace quantbench::report
