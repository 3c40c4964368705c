#pragma once

#include <string>
#include <vector>

#include "quantbench/store/result.h"

namespace quantbench::report {

/// One line of the answer in short, for a terminal.
struct AnswerLine {
  /// What the line is about: "best", "near", "tied", "same", "out", "open", "trust". Empty: the
  /// same as the line before it.
  std::string label;
  std::string text;
  std::string right = {};  ///< belongs beside the text, where there is room
};

/// The answer in short: the best row with its speed, size and loss; the rows that are as fast
/// (`tied`) or the same file (`same`); what is out and why; whether a search is unfinished
/// (`open`); how far the timings can be trusted. Where no row is within the loss, `best` says so
/// and `near` is the row that loses least.
std::vector<AnswerLine> answer_lines(const store::RunResult& result);

}  // namespace quantbench::report
