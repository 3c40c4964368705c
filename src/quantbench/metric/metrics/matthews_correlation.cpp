#include <cmath>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "quantbench/metric/correlation.h"
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
    const Counts predicted = counts_of(ids.predictions);
    const Counts true_count = counts_of(ids.references);
    double right = 0;
    for (std::size_t i = 0; i < ids.predictions.size(); ++i) {
      right += ids.predictions[i] == ids.references[i] ? 1 : 0;
    }
    const auto n = static_cast<double>(ids.predictions.size());
    const double covariance = right * n - dot(predicted, true_count);
    const double variances =
        (n * n - dot(predicted, predicted)) * (n * n - dot(true_count, true_count));
    return {{"matthews_correlation", variances == 0 ? 0.0 : covariance / std::sqrt(variances)}};
  }

  std::vector<Figure> figures() const override { return {{.name = "matthews_correlation"}}; }

  std::map<std::string, Outcomes> outcomes(const Input& input) const override {
    const ClassIds ids = class_ids(input);
    const Counts predicted = counts_of(ids.predictions);
    const Counts true_count = counts_of(ids.references);
    const auto n = static_cast<double>(ids.predictions.size());
    // In one-hot vectors: each sample's product of two distances from the mean.
    const auto products = [n](const Counts& a, const Counts& b,
                              const std::vector<std::int64_t>& of_a,
                              const std::vector<std::int64_t>& of_b) {
      const double of_means = dot(a, b) / (n * n);
      std::vector<double> out;
      for (std::size_t i = 0; i < of_a.size(); ++i) {
        const double same = of_a[i] == of_b[i] ? 1 : 0;
        out.push_back(same - (count_of(b, of_a[i]) + count_of(a, of_b[i])) / n + of_means);
      }
      return out;
    };
    Outcomes parts =
        correlation_parts(products(predicted, true_count, ids.predictions, ids.references),
                          products(predicted, predicted, ids.predictions, ids.predictions),
                          products(true_count, true_count, ids.references, ids.references));
    if (parts.empty()) parts.assign(ids.predictions.size(), {0, 1});
    return {{"matthews_correlation", std::move(parts)}};
  }

 private:
  using Counts = std::map<std::int64_t, double>;

  static Counts counts_of(const std::vector<std::int64_t>& ids) {
    Counts out;
    for (const std::int64_t id : ids) ++out[id];
    return out;
  }

  static double count_of(const Counts& counts, std::int64_t id) {
    const auto found = counts.find(id);
    return found == counts.end() ? 0.0 : found->second;
  }

  static double dot(const Counts& a, const Counts& b) {
    double sum = 0;
    for (const auto& [id, count] : a) sum += count * count_of(b, id);
    return sum;
  }
};

}  // namespace

void register_matthews_correlation(MetricRegistry& registry) {
  registry.add("matthews_correlation", std::make_unique<MatthewsCorrelation>());
}

}  // namespace quantbench::metric
