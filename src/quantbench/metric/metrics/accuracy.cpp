#include <memory>

#include "quantbench/metric/outcomes.h"
#include "quantbench/metric/values.h"

namespace quantbench::metric {

namespace {

/// Fraction of samples whose predicted class is correct (scikit-learn accuracy_score).
class Accuracy : public Metric {
 public:
  std::map<std::string, double> compute(const Input& input) const override {
    return {{"accuracy", sum_of(parts(input)).ratio()}};
  }

  std::vector<Figure> figures() const override { return {{.name = "accuracy", .is_share = true}}; }

  std::map<std::string, Outcomes> outcomes(const Input& input) const override {
    return {{"accuracy", parts(input)}};
  }

 private:
  static Outcomes parts(const Input& input) {
    const ClassIds ids = class_ids(input);
    Outcomes out;
    for (std::size_t i = 0; i < ids.predictions.size(); ++i)
      out.push_back({ids.predictions[i] == ids.references[i] ? 1.0 : 0.0, 1});
    return out;
  }
};

}  // namespace

void register_accuracy(MetricRegistry& registry) {
  registry.add("accuracy", std::make_unique<Accuracy>());
}

}  // namespace quantbench::metric
