#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "quantbench/analysis/figures.h"
#include "quantbench/analysis/replication.h"
#include "quantbench/analysis/shape.h"
#include "quantbench/base/json.h"
#include "quantbench/report/document.h"
#include "quantbench/report/table.h"
#include "quantbench/store/result.h"

// Common parts of the three card layouts.

namespace quantbench::report {

/// The generation of cards. In July 2022, cards omit the evaluation times, and seqeval's figures
/// have no "overall_".
enum class Generation { kJuly, kSeptember };

/// Whether dataset is one line `[{...}]` (September) or bullets (July).
enum class DatasetForm { kBullets, kBare };

/// A value in backticks: strings unchanged, everything else as Python's repr().
std::string shown(const Json& value);

/// "12.35", or "-" without a value.
std::string fixed_point(std::optional<double> value, int decimals);

/// The evaluation's figures in the card's order: the metrics' figures in the order of the spec,
/// then the three times.
std::vector<std::string> figures_of(const Document& result, Generation generation);
/// The figures that the tables show.
std::vector<std::string> table_figures(const Document& result, Generation generation);

std::string front_matter(const Document& result, Generation generation);
/// task, backend, backend args, number of evaluation samples. `with_backend` false: only the task.
std::string heading(const Document& result, bool with_backend);
/// "Fixed parameters:" and "Benchmarked parameters:", each followed by an empty line.
std::string parameters(const Document& result, DatasetForm dataset);

/// The rows in the cards' order: by the text of their benchmarked parameters. Rows of an imported
/// card keep its order. `quantized_only` omits unquantized rows.
std::vector<const store::Row*> card_rows(const Document& result, bool quantized_only);

/// Timed shapes, batch size slowest, in the order of the spec.
std::vector<analysis::Shape> shapes(const Document& result);

/// Number of decimals in a column: the imported card's, else 3 for figures and 2 for times.
int decimals(const Document& result, const std::string& column);
/// The same in the form for analysis::replication. `result` must outlive it.
analysis::Digits card_digits(const Document& result);

/// A table that begins with the benchmarked parameters of `rows`.
Table parameter_table(const Document& result, const std::vector<const store::Row*>& rows);

/// The end of every card: the remarks section if there is one, and the imported card's final line
/// breaks and line ends.
std::string finish(std::string card, const Document& result, const std::string& remarks);

}  // namespace quantbench::report
