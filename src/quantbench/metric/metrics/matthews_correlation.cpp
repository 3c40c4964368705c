#include <cmath>
#include <map>
#include <memory>

#include "quantbench/metric/values.h"

namespace quantbench::metric {

namespace {

/// Matthews correlation coefficient for any number of classes (Gorodkin 2004, the R_K statistic;
/// scikit-learn matthews_corrcoef): the covariance of predicted and true classes divided by the
/// root of the product of their variances. 0 if either is constant.
class MatthewsCorrelation : public Metric {
 public:
  std::map<std::string, double> compute(const Input& input) const override {
    const ClassIds ids = class_ids(input);
    std::map<std::int64_t, double> predicted;
    std::map<std::int64_t, double> true_count;
    double right = 0;
    for (std::size_t i = 0; i < ids.predictions.size(); ++i) {
      ++predicted[ids.predictions[i]];
      ++true_count[ids.references[i]];
      right += ids.predictions[i] == ids.references[i] ? 1 : 0;
    }
    const auto n = static_cast<double>(ids.predictions.size());
    const double covariance = right * n - dot(predicted, true_count);
    const double variances =
        (n * n - dot(predicted, predicted)) * (n * n - dot(true_count, true_count));
    return {{"matthews_correlation", variances == 0 ? 0.0 : covariance / std::sqrt(variances)}};
  }

  std::vector<Figure> figures() const override { return {{.name = "matthews_correlation"}}; }

 private:
  static double dot(const std::map<std::int64_t, double>& a,
                    const std::map<std::int64_t, double>& b) {
    double sum = 0;
    for (const auto& [id, count] : a) {
      const auto other = b.find(id);
      if (other != b.end()) sum += count * other->second;
    }
    return sum;
  }
};

}  // namespace

void register_matthews_correlation(MetricRegistry& registry) {
  registry.add("matthews_correlation", std::make_unique<MatthewsCorrelation>());
}

}  // namespace quantbench::metric
