// Reads one JSON object a line from standard input, {"metric", "predictions", "references",
// "labels"}, and writes the metric's figures as one JSON object a line ({"error": ...} when it
// refuses). For tests/oracle/test_metrics.py.
#include <cmath>
#include <iostream>
#include <string>

#include "quantbench/base/error.h"
#include "quantbench/metric/registry.h"

int main() {
  using quantbench::Json;
  std::string line;
  while (std::getline(std::cin, line)) {
    Json answer = Json::object();
    try {
      const Json request = quantbench::parse_json(line, "standard input");
      const quantbench::metric::Input input{request.at("predictions").get<std::vector<Json>>(),
                                            request.at("references").get<std::vector<Json>>(),
                                            request.value("labels", std::vector<std::string>())};
      const auto name = request.at("metric").get<std::string>();
      for (const auto& [figure, value] : quantbench::metric::metrics().get(name).compute(input)) {
        answer[figure] = std::isnan(value) ? Json("nan") : Json(value);
      }
    } catch (const quantbench::Error& error) {
      answer = {{"error", error.what()}};
    }
    std::cout << answer.dump() << std::endl;
  }
}
