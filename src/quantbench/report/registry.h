#pragma once

#include <string>

#include "quantbench/base/registry.h"
#include "quantbench/report/document.h"

namespace quantbench::report {

/// Content of a card besides its tables.
enum class Remarks {
  /// Exactly the structure of the reference's cards.
  kNone,
  /// A section at the end: failed and skipped rows, operators quantized and left in float,
  /// warnings,
  /// memory, machine, versions.
  kAtTheEnd
};

/// An output format of a run: a card in one of three layouts (configuration_rows,
/// original_optimized_columns, combined), json, csv.
class Layout {
 public:
  virtual ~Layout() = default;
  /// Throws Error if the run lacks something that the layout needs, such as an original.
  virtual std::string render(const Document& result, Remarks remarks) const = 0;
};

using LayoutRegistry = Registry<Layout>;
void register_builtin_layouts(LayoutRegistry& registry);
LayoutRegistry& layouts();

}  // namespace quantbench::report
