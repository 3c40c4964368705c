// Bounds and decisions for the oracles and benchmarks: reads one JSON request a line, writes one
// JSON answer a line.
//
//   {"samples": 436, "lost": 7, "gained": 2, "confidence": 0.95}
//   {"score": 0.02, "exact": 0.021}
//
//   {"groups": [[3, 2, 2, 0, 2], ..], "budget": 0.01, "point": 0.01, "seed": 0}
//   {"loss": 0.01, "upper": 0.02, "spread": 0.004, "outcome": "not_shown", "needed": 1900,
//    "sentence": ".."}
//
// A group is a number of samples, the original's part of each (numerator, denominator) and the
// candidate's. null: there is no bound.
#include <iostream>

#include "quantbench/analysis/decision.h"
#include "quantbench/analysis/right_wrong.h"
#include "quantbench/base/json.h"

using namespace quantbench;

namespace {

Json of_counts(const Json& request) {
  const analysis::RightWrong found = {.samples = request.at("samples").get<std::int64_t>(),
                                      .lost = request.at("lost").get<std::int64_t>(),
                                      .gained = request.at("gained").get<std::int64_t>()};
  const double confidence = request.at("confidence").get<double>();
  return {{"score", analysis::score_bound(found, confidence)},
          {"exact", analysis::exact_bound(found, confidence)}};
}

Json of_groups(const Json& request) {
  metric::Outcomes original;
  metric::Outcomes candidate;
  for (const Json& group : request.at("groups")) {
    const auto numbers = group.get<std::vector<double>>();
    const auto samples = static_cast<std::size_t>(numbers.at(0));
    original.insert(original.end(), samples, {numbers.at(1), numbers.at(2)});
    candidate.insert(candidate.end(), samples, {numbers.at(3), numbers.at(4)});
  }
  const metric::Figure meaning = {.name = "figure", .point = request.value("point", 0.01)};
  const auto bound =
      analysis::bound_of_loss(meaning, original, candidate, request.value("confidence", 0.95),
                              request.value("seed", std::uint64_t{0}));
  if (!bound) return nullptr;
  const analysis::Decision decision = analysis::decide(bound, request.at("budget").get<double>());
  return {{"loss", bound->loss},
          {"upper", bound->upper},
          {"spread", bound->spread},
          {"outcome", analysis::name_of(decision.outcome)},
          {"needed", decision.samples_needed ? Json(*decision.samples_needed) : Json()},
          {"sentence", analysis::sentence(decision)}};
}

}  // namespace

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    const Json request = Json::parse(line);
    std::cout << to_line(request.contains("groups") ? of_groups(request) : of_counts(request))
              << std::endl;
  }
}
