#pragma once

#include <string>
#include <utility>
#include <vector>

#include "quantbench/base/json.h"
#include "quantbench/report/card/style.h"
#include "quantbench/store/result.h"

namespace quantbench::report {

/// What a renderer writes: the results of a run, and the look of the card they were read from. A
/// run that was made here has no look of its own.
struct Document : store::RunResult {
  CardStyle style;
  /// The same run on other kinds of machine, each with its own originals. Nothing of one machine is
  /// compared with another.
  std::vector<store::RunResult> other_machines;

  Document() = default;
  // NOLINTNEXTLINE(google-explicit-constructor): a run is a document.
  Document(store::RunResult run, CardStyle look = {})
      : store::RunResult(std::move(run)), style(std::move(look)) {}

  bool is_imported() const { return !style.layout.empty(); }

  /// results.json: the results, `card` (the look), `answer` (see analysis::answer; null where there
  /// is none), and `other_machines` where there are any, each in the same form.
  Json to_json() const;
  /// Throws Error as store::RunResult::from_json and CardStyle::from_json do. `answer` is not read:
  /// it follows from the results.
  static Document from_json(const Json& json, const std::string& where);
};

}  // namespace quantbench::report
