#include <memory>

#include "quantbench/metric/correlation.h"
#include "quantbench/metric/values.h"

namespace quantbench::metric {

namespace {

/// Linear correlation of predictions and references (regression). NaN if either is constant.
class PearsonR : public Metric {
 public:
  std::map<std::string, double> compute(const Input& input) const override {
    const Numbers values = numbers(input);
    return {{"pearsonr", pearson(values.predictions, values.references)}};
  }

  std::vector<Figure> figures() const override { return {{.name = "pearsonr"}}; }

  std::map<std::string, Outcomes> outcomes(const Input& input) const override {
    const Numbers values = numbers(input);
    return {{"pearsonr", pearson_parts(values.predictions, values.references)}};
  }
};

}  // namespace

void register_pearsonr(MetricRegistry& registry) {
  registry.add("pearsonr", std::make_unique<PearsonR>());
}

}  // namespace quantbench::metric
