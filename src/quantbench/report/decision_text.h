#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "quantbench/analysis/answer.h"
#include "quantbench/metric/registry.h"
#include "quantbench/store/result.h"

namespace quantbench::report {

/// An amount of a figure with as many digits as it needs: "0.01", "0.0064", "1.5".
std::string amount(const metric::Figure& meaning, double value);

/// "0.01 of accuracy", "0.0087 of accuracy (1 % of the original's)": what a search may lose.
std::string budget_words(const store::RunResult& result);

/// "loses 0.0046", "gains 0.0023", "loses nothing". `loss` is above 0 where a model is worse.
std::string loss_words(const metric::Figure& meaning, double loss);

/// How sure the loss is of the row that a search names: analysis::sentence, without its subject. Of
/// a row that is inside but not shown, its loss comes first: "loses 0.0023, but 436 samples cannot
/// show a loss below 0.021; about 1,900 would show 0.01". "" for a search that names no row.
std::string certainty_words(const store::RunResult& result);

/// The first sentence: which model the search chose, or that it chose none.
std::string verdict_of_search(const store::RunResult& result);

/// "the search is not finished: the time limit of 60 s; the same command goes on"; "" for one that
/// is.
std::string unfinished_words(const store::Tuning& tuning);

/// What the search decided and how sure that is, as sentences: the verdict, the certainty, and
/// whether the search is unfinished. `result` must have a search (RunResult::tuning).
std::vector<std::string> decision_sentences(const store::RunResult& result);

/// Operators that mixed precision left in float in the model that the search chose; 0: none.
std::int64_t operators_in_float(const store::Tuning& tuning);

/// What else there is to say of it: operators that mixed precision left in float, what the
/// confirmation samples refused, how much was tried.
std::vector<std::string> search_sentences(const store::RunResult& result);

}  // namespace quantbench::report
