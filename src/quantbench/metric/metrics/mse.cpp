#include <memory>

#include "quantbench/metric/values.h"

namespace quantbench::metric {

namespace {

/// Mean squared error (regression).
class MeanSquaredError : public Metric {
 public:
  std::map<std::string, double> compute(const Input& input) const override {
    const Numbers values = numbers(input);
    double sum = 0;
    for (std::size_t i = 0; i < values.predictions.size(); ++i) {
      const double error = values.predictions[i] - values.references[i];
      sum += error * error;
    }
    return {{"mse", sum / static_cast<double>(values.predictions.size())}};
  }

  std::vector<Figure> figures() const override {
    return {{.name = "mse", .better = Better::kLower, .point = 0}};
  }
};

}  // namespace

void register_mse(MetricRegistry& registry) {
  registry.add("mse", std::make_unique<MeanSquaredError>());
}

}  // namespace quantbench::metric
