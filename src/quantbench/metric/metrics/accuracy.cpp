#include <algorithm>
#include <memory>

#include "quantbench/metric/values.h"

namespace quantbench::metric {

namespace {

/// Fraction of samples whose predicted class is correct (scikit-learn accuracy_score).
class Accuracy : public Metric {
 public:
  std::map<std::string, double> compute(const Input& input) const override {
    const Outcomes right = right_samples(input);
    const auto count = static_cast<double>(std::count(right.begin(), right.end(), true));
    return {{"accuracy", count / static_cast<double>(right.size())}};
  }

  std::vector<Figure> figures() const override { return {{.name = "accuracy", .is_share = true}}; }

  std::map<std::string, Outcomes> outcomes(const Input& input) const override {
    return {{"accuracy", right_samples(input)}};
  }

 private:
  static Outcomes right_samples(const Input& input) {
    const ClassIds ids = class_ids(input);
    Outcomes right(ids.predictions.size());
    for (std::size_t i = 0; i < right.size(); ++i)
      right[i] = ids.predictions[i] == ids.references[i];
    return right;
  }
};

}  // namespace

void register_accuracy(MetricRegistry& registry) {
  registry.add("accuracy", std::make_unique<Accuracy>());
}

}  // namespace quantbench::metric
