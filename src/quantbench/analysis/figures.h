#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>

namespace quantbench::analysis {

/// total_time_in_seconds, samples_per_second, latency_in_seconds: how long an evaluation took, in
/// the order in which cards list them.
std::span<const char* const> time_figures();
bool is_time_figure(const std::string& figure);

/// A figure under the name of either generation of cards ("f1" finds "overall_f1").
std::optional<double> figure(const std::map<std::string, double>& evaluation,
                             const std::string& name);

}  // namespace quantbench::analysis
