#include <memory>

#include "quantbench/metric/outcomes.h"
#include "quantbench/metric/values.h"

namespace quantbench::metric {

namespace {

/// Mean squared error (regression).
class MeanSquaredError : public Metric {
 public:
  std::map<std::string, double> compute(const Input& input) const override {
    return {{"mse", sum_of(parts(input)).ratio()}};
  }

  std::vector<Figure> figures() const override {
    return {{.name = "mse", .better = Better::kLower, .point = 0}};
  }

  std::map<std::string, Outcomes> outcomes(const Input& input) const override {
    return {{"mse", parts(input)}};
  }

 private:
  static Outcomes parts(const Input& input) {
    const Numbers values = numbers(input);
    Outcomes out;
    for (std::size_t i = 0; i < values.predictions.size(); ++i) {
      const double error = values.predictions[i] - values.references[i];
      out.push_back({error * error, 1});
    }
    return out;
  }
};

}  // namespace

void register_mse(MetricRegistry& registry) {
  registry.add("mse", std::make_unique<MeanSquaredError>());
}

}  // namespace quantbench::metric
