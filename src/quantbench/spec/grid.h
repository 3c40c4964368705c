#pragma once

#include <set>
#include <string>
#include <vector>

#include "quantbench/base/json.h"
#include "quantbench/spec/declarations.h"
#include "quantbench/spec/schema.h"
#include "quantbench/spec/spec.h"

namespace quantbench::spec {

/// What the grid is made of: `benchmarked` holds the benchmarked keys with their values in grid
/// order, `values` every other parameter with its fixed value or fallback; null: the approach's.
struct Grid {
  const Declarations& declared;
  const Schema& keys;
  Protocol protocol = Protocol::kDefault;
  Json benchmarked = Json::object();
  Json values = Json::object();
  /// Names of the keys that the spec gives: a preset does not fill these in.
  std::set<std::string> given = {};
};

/// Most cells that a grid may have before coinciding ones are joined.
inline constexpr std::size_t kMaxCells = 10000;

/// Expands the grid, first key slowest. Cells are brought to a normal form in which keys without
/// meaning are null, and those that then coincide are kept once:
///  - a framework that opens the checkpoint runs it as it is: of framework_args it takes the
///    threads, and no quantization;
///  - a framework takes no key of framework_args that only others have, and its own ones with their
///    defaults; optimization_level only where it has such levels;
///  - framework_args {} beside others is such a framework's, so the others do not take it when one
///    is in the grid;
///  - apply_quantization false makes the quantization keys null;
///  - so does an approach with those that it does not declare, or whose conditions do not hold;
///  - a preset gives its values to the keys that the spec does not give, the approach among them
///    where the default one does not take the preset.
/// Throws Error (no place) when there are more than kMaxCells.
std::vector<Cell> expand(const Grid& grid);

/// A quantized cell with other values of its approach's parameters; `calibration` is a map of keys
/// that it gets where the approach calibrates. As in a grid, what then has no meaning is left out.
/// `parameters` stay.
Cell with_options(Cell cell, const Json& options, const Declarations& declared, Protocol protocol);

/// A cell of the unquantized model in which every benchmarked key is null.
Cell original_cell(const Grid& grid, const std::string& framework);

FrameworkArgs framework_args_of(const Json& value, Protocol protocol);

/// The default under a protocol; discarded: there is none.
const Json& fallback_of(const Key& key, Protocol protocol);

}  // namespace quantbench::spec
