#include "quantbench/report/html/search_data.h"

#include <optional>
#include <string>

#include "quantbench/analysis/answer.h"
#include "quantbench/analysis/outside.h"
#include "quantbench/report/decision_text.h"

namespace quantbench::report::html {

namespace {

using store::Tuning;

Json known_or_null(const std::optional<double>& value) {
  return value ? finite_or_null(*value) : Json();
}

Json ends_or_null(const std::optional<double>& low, const std::optional<double>& high) {
  if (!low || !high) return {};
  return Json::array({finite_or_null(*low), finite_or_null(*high)});
}

Json step_data(const Tuning::Step& step) {
  return {{"kind", step.kind},
          {"candidate", step.candidate},
          {"verdict", step.verdict},
          {"reason", step.reason},
          {"samples", step.samples},
          {"loss", known_or_null(step.loss)},
          {"loss_interval", ends_or_null(step.loss_low, step.loss_high)},
          {"speedup", known_or_null(step.speedup)},
          {"speedup_interval", ends_or_null(step.speedup_low, step.speedup_high)},
          {"in_float", step.operators_in_float},
          {"seconds", finite_or_null(step.seconds)}};
}

Json on_page(const std::vector<std::size_t>& rows, const std::vector<std::size_t>& places) {
  Json out = Json::array();
  for (const std::size_t row : rows) out.push_back(places.at(row));
  return out;
}

/// Without the candidates of which only one of the two figures is known: a chart has no place for
/// them.
Json stopped_data(const store::RunResult& result) {
  Json out = Json::array();
  // Of other objectives the gain is not a speedup.
  const std::string& objective = result.tuning->objective;
  if (objective != Tuning::kLatency && objective != Tuning::kThroughput) return out;
  for (const analysis::Outside& one : analysis::outside(result)) {
    if (!one.is_partial || !one.loss || !one.speedup) continue;
    out.push_back({{"name", one.name},
                   {"loss", known_or_null(one.loss)},
                   {"speedup", known_or_null(one.speedup)},
                   {"reason", one.reason}});
  }
  return out;
}

}  // namespace

Json search_data(const store::RunResult& result, const std::vector<std::size_t>& places) {
  if (!result.tuning) return {};
  const Tuning& tuning = *result.tuning;
  Json steps = Json::array();
  for (const Tuning::Step& step : tuning.steps) steps.push_back(step_data(step));
  const auto answer = analysis::answer(result);
  std::vector<std::string> sentences = decision_sentences(result);
  const std::string verdict = sentences.front();
  sentences.erase(sentences.begin());
  for (const std::string& sentence : search_sentences(result)) sentences.push_back(sentence);
  const bool is_speed =
      tuning.objective == Tuning::kLatency || tuning.objective == Tuning::kThroughput;
  return {{"metric", tuning.figure},
          {"gain", is_speed ? "speedup" : "times smaller"},
          {"budget", finite_or_null(tuning.budget)},
          {"outcome", tuning.outcome},
          {"row", answer ? Json(places.at(answer->choice.row)) : Json()},
          {"as_fast", answer ? on_page(answer->choice.as_fast, places) : Json::array()},
          {"same_model", answer ? on_page(answer->choice.same_model, places) : Json::array()},
          {"verdict", verdict},
          {"sentences", sentences},
          {"steps", steps},
          {"stopped", stopped_data(result)}};
}

}  // namespace quantbench::report::html
