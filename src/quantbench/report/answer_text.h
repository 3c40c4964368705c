#pragma once

#include <string>
#include <vector>

#include "quantbench/analysis/answer.h"
#include "quantbench/base/json.h"
#include "quantbench/store/result.h"

namespace quantbench::report {

/// The answer as sentences: the row, its speed, its loss, their uncertainty, its cost, and equally
/// good rows. Of a run that searched: what the search decided, first. Without an answer, the
/// reason.
std::vector<std::string> answer_sentences(const store::RunResult& result);

/// Of these sentences the row, its speed and its cost, as one line.
std::string short_answer(const store::RunResult& result);

/// Key `answer` of results.json (docs/results.schema.json); null if the run has no answer. A search
/// always has one: where it names no row, `row` is null.
Json answer_json(const store::RunResult& result);

/// "faster", "slower", "not told apart".
std::string speed_name(analysis::Speed speed);

}  // namespace quantbench::report
