#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "quantbench/report/answer_lines.h"
#include "quantbench/report/document.h"
#include "quantbench/store/result.h"

namespace quantbench::cli {

/// The results of a run on a terminal of `width` columns: what all rows have in common, warnings
/// and failures once each with their rows, speedups at every shape and the throughput of concurrent
/// streams where they fit, and last the table: a line a row, fastest first, with latency, speedup
/// and its interval at the first shape, the headline figure and what quantization changed of it.
/// Long names go on in the next line. Of a search, without the candidates that it stopped.
std::string result_table(const store::RunResult& result, std::size_t width);

/// Of a run on several kinds of machine: the answer of each, a paragraph each. Else empty.
std::string machines_text(const report::Document& document, std::size_t width);

/// The answer: what to deploy, what it gains and costs, what is out and why, and how sure that is.
std::string answer_text(const store::RunResult& result, std::size_t width);

/// Lines with their labels in a column of their own, in `width` columns.
std::string labelled(const std::vector<report::AnswerLine>& lines, std::size_t width);

}  // namespace quantbench::cli
