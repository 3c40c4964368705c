#pragma once

#include <string>
#include <vector>

#include "quantbench/analysis/answer.h"
#include "quantbench/base/json.h"
#include "quantbench/store/result.h"

namespace quantbench::report {

/// The answer as sentences: which row, how fast, what it costs, how sure that is, and what is as
/// good. Of a run without an answer one sentence that says why.
std::vector<std::string> answer_sentences(const store::RunResult& result);

/// Key `answer` of results.json (docs/results.schema.json); null where there is none.
Json answer_json(const store::RunResult& result);

/// "faster", "slower", "not told apart".
std::string speed_name(analysis::Speed speed);

}  // namespace quantbench::report
