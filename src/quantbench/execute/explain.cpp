#include "quantbench/execute/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "quantbench/analysis/answer.h"
#include "quantbench/analysis/change.h"
#include "quantbench/analysis/figures.h"
#include "quantbench/base/text.h"
#include "quantbench/execute/remedies.h"

namespace quantbench::execute {

namespace {

std::string number(double value, const metric::Figure& meaning) {
  return fmt::format("{:.{}f}", value, analysis::decimals_of(meaning));
}

std::string loss_text(const analysis::Change& change, const std::string& figure,
                      const metric::Figure& meaning) {
  const double points = analysis::loss(meaning, change.before, change.after) / meaning.point;
  return fmt::format("loses {:.1f} points of {}: {} where the original has {}", points, figure,
                     number(change.after, meaning), number(change.before, meaning));
}

bool may_be_chance(const analysis::Change& change) {
  return change.interval && change.interval->low <= 0 && change.interval->high >= 0;
}

/// "; A brings 0.68 to 0.86: without it, ...; no help: B (0.68)"
std::string remedies_text(const Loss& loss, const Remedies& remedies,
                          const metric::Figure& meaning) {
  if (remedies.measured.empty()) {
    return remedies.left > 0
               ? "; what may help was not measured: a run evaluates no more remedies than rows"
               : "; no remedy is known for its options";
  }
  std::string out;
  std::vector<std::string> others;
  for (const Remedy& one : remedies.measured) {
    // Worse without it: positive where it helps.
    const double gain = analysis::loss(meaning, one.figure, loss.figure);
    if (gain >= meaning.point) {
      out += fmt::format("; {} brings {} to {}: without it, {}", one.change,
                         number(loss.figure, meaning), number(one.figure, meaning), one.against);
    } else {
      others.push_back(fmt::format("{} ({})", one.change, number(one.figure, meaning)));
    }
  }
  if (!others.empty()) {
    out += (out.empty() ? "; nothing that was measured gives a point back: " : "; no help: ") +
           join(others, ", ");
  }
  return out;
}

}  // namespace

void explain_losses(store::RunResult& result, const Prepared& prepared, const Options& options,
                    store::StageResults& results) {
  const spec::Spec& spec = prepared.located.spec;
  if (!spec.explain || spec.protocol == spec::Protocol::kReference) return;
  const auto figure = analysis::headline_figure(result);
  const auto meaning = figure ? analysis::meaning_of(result, *figure) : std::nullopt;
  if (!meaning || meaning->point <= 0) return;
  std::vector<Loss> losses;
  std::vector<std::size_t> rows;
  std::vector<std::string> texts;
  std::size_t evaluated = 0;
  for (std::size_t i = 0; i < result.rows.size(); ++i) {
    if (!result.rows[i].evaluation.empty()) ++evaluated;
    const spec::Cell& cell = spec.cells.at(i);
    const auto change = analysis::change_of(result, result.rows[i], *figure);
    if (!change || !cell.apply_quantization) continue;
    if (analysis::loss(*meaning, change->before, change->after) <= kMostPoints * meaning->point) {
      continue;
    }
    std::string text = loss_text(*change, *figure, *meaning);
    if (may_be_chance(*change)) {
      result.rows[i].warnings.push_back(
          text + fmt::format("; with {} samples this may be chance, evaluate more of them",
                             result.evaluation_samples));
      continue;
    }
    losses.push_back({&cell, change->before, change->after});
    rows.push_back(i);
    texts.push_back(std::move(text));
  }
  RemedySearch search{.figure = *figure, .meaning = *meaning};
  search.most_evaluations = std::max(search.most_evaluations, evaluated);
  search.accepted_loss = analysis::kAcceptedPoints * meaning->point;
  const auto remedies = measure_remedies(prepared, losses, search, options, results);
  for (std::size_t i = 0; i < losses.size(); ++i) {
    result.rows[rows[i]].warnings.push_back(texts[i] +
                                            remedies_text(losses[i], remedies[i], *meaning));
  }
}

}  // namespace quantbench::execute
