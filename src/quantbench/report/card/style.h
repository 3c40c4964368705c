#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "quantbench/analysis/shape.h"
#include "quantbench/base/json.h"

namespace quantbench::report {

/// How an imported card differs from the form in which its layout would write the same content.
/// Key `card` of results.json; all empty for a run.
struct CardStyle {
  std::string layout;          ///< the layout's name; not empty: the run was imported
  bool rows_as_given = false;  ///< the rows are not sorted as the layout sorts
  /// Parameter -> "bullets", "inline" or "bare" (inline without backticks).
  std::map<std::string, std::string> forms;
  /// Column -> digits after the point.
  std::map<std::string, int> decimals;
  /// Figures of the tables, if they differ from the front matter's figures without times.
  std::optional<std::vector<std::string>> table_figures;
  /// Lines of the front matter between the rules, and of the heading below it, as they stand.
  std::optional<std::vector<std::string>> front_matter;
  std::optional<std::vector<std::string>> heading;
  /// Shapes of the time tables in the card's order, when the rows' timings do not give it.
  std::optional<std::vector<analysis::Shape>> shapes;
  std::optional<int> gap;             ///< empty lines between the tables of two shapes
  std::optional<int> final_newlines;  ///< line breaks at the very end
  bool crlf = false;                  ///< lines end with CR LF
  /// The remarks' section of a card that quantbench wrote, as it stands.
  std::string remarks;

  Json to_json() const;
  /// Throws Error for what to_json does not write.
  static CardStyle from_json(const Json& json);
};

}  // namespace quantbench::report
