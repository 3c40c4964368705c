// Reads one JSON object a line from standard input, {"metric", "task", "references", "before",
// "after", "labels"}, and writes what changed of each figure between two models that predicted
// "before" and "after", as one JSON object a line: {FIGURE: {"before", "after", "interval",
// "paired"}}. For tests/oracle/test_paired_change.py.
#include <iostream>
#include <string>

#include "quantbench/analysis/change.h"
#include "quantbench/metric/outcomes.h"
#include "quantbench/metric/registry.h"

namespace {

using quantbench::Json;

/// A row as the stages write it into results.json.
quantbench::store::Row row(const Json& request, const char* predictions) {
  const quantbench::metric::Input input{request.at(predictions).get<std::vector<Json>>(),
                                        request.at("references").get<std::vector<Json>>(),
                                        request.value("labels", std::vector<std::string>())};
  const auto& metric = quantbench::metric::metrics().get(request.at("metric").get<std::string>());
  quantbench::store::Row out;
  out.evaluation = metric.compute(input);
  for (const auto& [figure, parts] : metric.outcomes(input))
    out.outcomes[figure] = quantbench::metric::text_of(parts);
  return out;
}

}  // namespace

int main() {
  std::string line;
  while (std::getline(std::cin, line)) {
    const Json request = quantbench::parse_json(line, "standard input");
    quantbench::store::RunResult result;
    result.spec = {{"task", request.at("task")}, {"metrics", {request.at("metric")}}};
    result.evaluation_samples = request.at("references").size();
    result.rows = {row(request, "before"), row(request, "after")};
    result.rows[1].quantized = true;
    Json answer = Json::object();
    for (const auto& [figure, value] : result.rows[1].evaluation) {
      const auto change = quantbench::analysis::change_of(result, result.rows[1], figure);
      Json interval;
      if (change->interval) interval = {change->interval->low, change->interval->high};
      answer[figure] = {{"before", change->before},
                        {"after", change->after},
                        {"interval", interval},
                        {"paired", change->paired}};
    }
    std::cout << answer.dump() << std::endl;
  }
}
