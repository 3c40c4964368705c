#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "quantbench/metric/registry.h"
#include "quantbench/store/result.h"

namespace quantbench::analysis {

/// Evaluation times in the cards' order: total_time_in_seconds, samples_per_second,
/// latency_in_seconds.
std::span<const char* const> time_figures();
bool is_time_figure(const std::string& figure);

/// Finds a figure by the name in either generation of cards ("f1" finds "overall_f1").
std::optional<double> figure(const std::map<std::string, double>& evaluation,
                             const std::string& name);

/// The figures of the metrics that any row has, in the card's order: as the result lists them, else
/// in the order of the spec's metrics and of their declarations. Without the time figures.
std::vector<std::string> figure_names(const store::RunResult& result);

/// What a figure means, by the declaration of the metric that gives it: one of the spec's metrics
/// as the task understands its name, else any metric with a figure of that name. nullopt for a
/// figure of an imported card that no metric declares. Such a figure is shown, but not judged,
/// because its better direction is not known.
std::optional<metric::Figure> meaning_of(const store::RunResult& result, const std::string& name);

/// The figure that people mean by the spec's first metric: overall_f1 of seqeval, f1 of squad. It
/// is one of figure_names; nullopt when the run has no figure with a known meaning.
std::optional<std::string> headline_figure(const store::RunResult& result);

/// Digits after the point with which the figure is shown: two in per cent, else four.
int decimals_of(const metric::Figure& meaning);

/// The largest value of a figure that has points: 1, or 100 in per cent. 1 for a figure without.
double whole_of(const metric::Figure& meaning);

/// How much worse `after` is than `before`, in the figure's unit; negative: better.
double loss(const metric::Figure& meaning, double before, double after);

}  // namespace quantbench::analysis
