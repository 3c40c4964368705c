#include <memory>

#include "quantbench/metric/correlation.h"
#include "quantbench/metric/values.h"

namespace quantbench::metric {

namespace {

/// Rank correlation of predictions and references (regression). NaN if either is constant.
class SpearmanR : public Metric {
 public:
  std::map<std::string, double> compute(const Input& input) const override {
    const Numbers values = numbers(input);
    return {{"spearmanr", pearson(ranks(values.predictions), ranks(values.references))}};
  }

  std::vector<Figure> figures() const override { return {{.name = "spearmanr"}}; }

  std::map<std::string, Outcomes> outcomes(const Input& input) const override {
    const Numbers values = numbers(input);
    return {{"spearmanr", spearman_parts(values.predictions, values.references)}};
  }
};

}  // namespace

void register_spearmanr(MetricRegistry& registry) {
  registry.add("spearmanr", std::make_unique<SpearmanR>());
}

}  // namespace quantbench::metric
