// Estimates paired ratios for the benchmarks and oracles: reads one JSON request a line, writes one
// JSON answer a line.
//
//   {"rows": [[[0.5, 0.51, ..], [0.49, ..]], ..], "looks": 0}   row -> start -> log ratio of a
//   round
//   {"estimates": [{"log_value": 0.5, "half": 0.01}, null, ..]}
#include <iostream>

#include "quantbench/base/json.h"
#include "quantbench/measure/paired_ratio.h"

using namespace quantbench;

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    const Json request = Json::parse(line);
    const auto rows = request.at("rows").get<std::vector<measure::LogRatios>>();
    Json estimates = Json::array();
    for (const auto& made : measure::estimate(rows, request.at("looks").get<std::size_t>())) {
      estimates.push_back(made ? Json{{"log_value", made->log_value}, {"half", made->half}}
                               : Json());
    }
    std::cout << to_line({{"estimates", estimates}}) << std::endl;
  }
}
