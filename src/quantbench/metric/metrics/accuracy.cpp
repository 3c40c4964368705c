#include <memory>

#include "quantbench/metric/values.h"

namespace quantbench::metric {

namespace {

/// Fraction of samples whose predicted class is correct (scikit-learn accuracy_score).
class Accuracy : public Metric {
 public:
  std::map<std::string, double> compute(const Input& input) const override {
    const ClassIds ids = class_ids(input);
    std::size_t right = 0;
    for (std::size_t i = 0; i < ids.predictions.size(); ++i) {
      right += ids.predictions[i] == ids.references[i] ? 1 : 0;
    }
    return {{"accuracy", static_cast<double>(right) / static_cast<double>(ids.predictions.size())}};
  }
};

}  // namespace

void register_accuracy(MetricRegistry& registry) {
  registry.add("accuracy", std::make_unique<Accuracy>());
}

}  // namespace quantbench::metric
