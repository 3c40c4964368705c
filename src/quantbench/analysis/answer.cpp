#include "quantbench/analysis/answer.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include "quantbench/analysis/comparison.h"
#include "quantbench/analysis/figures.h"
#include "quantbench/analysis/speedup.h"

namespace quantbench::analysis {

namespace {

using store::Row;
using store::RunResult;

/// Losses that differ in the last bit only are equal.
constexpr double kSameLoss = 1e-12;

/// A row that may be the answer.
struct Judged {
  std::size_t row = 0;
  const measure::Timing* timing = nullptr;
  double loss = 0;

  /// In ms, for the order of rows. From the paired speedup where there is one, because that is what
  /// the answer shows.
  double latency() const {
    const auto& speedup = timing->speedup;
    if (!speedup || !std::isfinite(speedup->original_mean)) return timing->latency_mean;
    return speedup->original_mean / speedup->value;
  }
};

std::optional<measure::Ratio> speedup_at(const RunResult& result, const Row& row,
                                         const Shape& shape) {
  const measure::Timing* timing = timing_at(row.timings, shape);
  if (timing == nullptr) return std::nullopt;
  return speedup_over(timing_at(original_timings(result, row), shape), *timing);
}

/// Whether speedup_at has a value, which costs less to know than the value.
bool has_speedup(const RunResult& result, const Row& row, const Shape& shape) {
  const measure::Timing* timing = timing_at(row.timings, shape);
  if (timing == nullptr || !(timing->latency_mean > 0)) return false;
  if (timing->speedup) return true;
  return original_latency(timing_at(original_timings(result, row), shape), *timing) > 0;
}

/// Older and imported results may have none.
double known_median(const measure::Timing* timing) {
  const bool known = timing != nullptr && timing->latency_50 > 0;
  return known ? timing->latency_50 : std::numeric_limits<double>::quiet_NaN();
}

/// By rising loss; of equal losses the faster first.
std::vector<Judged> candidates(const RunResult& result, const std::string& figure,
                               const Shape& shape) {
  const auto meaning = figure.empty() ? std::nullopt : meaning_of(result, figure);
  std::vector<Judged> out;
  for (std::size_t i = 0; i < result.rows.size(); ++i) {
    const Row& row = result.rows[i];
    if (row.status != Row::Status::kOk || kind_of(row) != Kind::kQuantized) continue;
    if (!has_speedup(result, row, shape)) continue;
    Judged candidate{i, timing_at(row.timings, shape), 0};
    if (meaning) {
      const auto before = analysis::figure(original_evaluation(result, row), figure);
      const auto after = analysis::figure(row.evaluation, figure);
      if (!before || !after || !std::isfinite(*before) || !std::isfinite(*after)) continue;
      candidate.loss = loss(*meaning, *before, *after);
    }
    out.push_back(candidate);
  }
  std::stable_sort(out.begin(), out.end(), [](const Judged& a, const Judged& b) {
    if (a.loss != b.loss) return a.loss < b.loss;
    return a.latency() < b.latency();
  });
  return out;
}

/// Whether two rows run the same files in the same way.
bool same_model(const Row& a, const Row& b) {
  const auto value = [](const Row& row, const char* key) {
    return row.parameters.value(key, Json());
  };
  return !a.model_hash.empty() && a.model_hash == b.model_hash &&
         value(a, "framework") == value(b, "framework") &&
         value(a, "framework_args") == value(b, "framework_args");
}

/// Compares latencies of rows at one shape, each pair once: that takes every forward into account.
class Latencies {
 public:
  bool not_told_apart(const Judged& a, const Judged& b) {
    const auto [known, is_new] = known_.try_emplace({a.row, b.row}, false);
    if (is_new) known->second = analysis::not_told_apart(*a.timing, *b.timing);
    return known->second;
  }

 private:
  std::map<std::pair<std::size_t, std::size_t>, bool> known_;
};

Choice best_of(const RunResult& result, const std::vector<Judged>& allowed, Latencies& latencies) {
  const Judged& best =
      *std::min_element(allowed.begin(), allowed.end(),
                        [](const Judged& a, const Judged& b) { return a.latency() < b.latency(); });
  Choice choice{.row = best.row, .as_fast = {}, .same_model = {}};
  for (const Judged& other : allowed) {
    if (other.row == best.row) continue;
    if (same_model(result.rows[best.row], result.rows[other.row])) {
      choice.same_model.push_back(other.row);
    } else if (latencies.not_told_apart(best, other)) {
      choice.as_fast.push_back(other.row);
    }
  }
  std::sort(choice.as_fast.begin(), choice.as_fast.end());
  std::sort(choice.same_model.begin(), choice.same_model.end());
  return choice;
}

Choices choices_with(const RunResult& result, const std::string& figure, const Shape& shape,
                     Latencies& latencies) {
  Choices out{.figure = figure, .shape = shape, .steps = {}, .nearest = {}};
  const std::vector<Judged> all = candidates(result, figure, shape);
  if (all.empty()) return out;
  out.nearest = all.front().row;
  std::vector<Judged> allowed;
  for (std::size_t i = 0; i < all.size(); ++i) {
    allowed.push_back(all[i]);
    // An accepted loss begins at 0, so a row that gains is within it as well.
    const double from = std::max(0.0, all[i].loss);
    if (i + 1 < all.size() && std::max(0.0, all[i + 1].loss) <= from + kSameLoss) continue;
    Choice choice = best_of(result, allowed, latencies);
    if (out.steps.empty() || !(out.steps.back().choice == choice))
      out.steps.push_back({from, std::move(choice)});
  }
  return out;
}

/// What a search decided; nullopt when it names no row.
std::optional<Answer> decided(const RunResult& result, const store::Tuning& tuning) {
  if (tuning.row < 0 || tuning.outcome == store::Tuning::kNothing) return std::nullopt;
  Answer out;
  out.decided = true;
  out.figure = tuning.figure;
  out.accepted_loss = tuning.budget;
  out.within =
      tuning.outcome == store::Tuning::kShown || tuning.outcome == store::Tuning::kNotShown;
  out.choice.row = static_cast<std::size_t>(tuning.row);
  for (const std::int64_t row : tuning.tied)
    out.choice.as_fast.push_back(static_cast<std::size_t>(row));
  std::sort(out.choice.as_fast.begin(), out.choice.as_fast.end());
  for (std::size_t i = 0; i < result.rows.size(); ++i) {
    const bool is_tied =
        std::binary_search(out.choice.as_fast.begin(), out.choice.as_fast.end(), i);
    if (i != out.choice.row && !is_tied && result.rows[i].status == Row::Status::kOk &&
        same_model(result.rows[out.choice.row], result.rows[i])) {
      out.choice.same_model.push_back(i);
    }
  }
  return out;
}

/// The fastest row within one point.
std::optional<Answer> from_rows(const RunResult& result, const Shape& shape) {
  Answer out;
  if (const auto headline = headline_figure(result)) {
    out.figure = *headline;
    out.accepted_loss = kAcceptedPoints * meaning_of(result, *headline)->point;
  }
  const Choices all = choices(result, out.figure, shape);
  if (!all.nearest) return std::nullopt;
  const Choice* found = all.within(out.accepted_loss);
  out.within = found != nullptr;
  out.choice =
      found != nullptr ? *found : Choice{.row = *all.nearest, .as_fast = {}, .same_model = {}};
  return out;
}

/// What was measured of the answer's row.
void add_measurements(const RunResult& result, const Shape& shape, Answer& out) {
  const double unknown = std::numeric_limits<double>::quiet_NaN();
  const Row& row = result.rows[out.choice.row];
  const measure::Timing* timing = timing_at(row.timings, shape);
  const measure::Timing* original = timing_at(original_timings(result, row), shape);
  out.shape = shape;
  out.latency_ms = timing != nullptr ? timing->latency_mean : unknown;
  out.original_latency_ms = timing != nullptr ? original_latency(original, *timing) : unknown;
  out.median_ms = known_median(timing);
  out.original_median_ms = known_median(original);
  out.speedup =
      speedup_at(result, row, shape).value_or(measure::Ratio{.value = unknown, .interval = {}});
  out.speed = speed_of(out.speedup);
  if (!out.figure.empty()) out.change = change_of(result, row, out.figure);
}

}  // namespace

const Choice* Choices::within(double loss) const {
  const Choice* found = nullptr;
  for (const Step& step : steps) {
    if (step.loss <= loss + kSameLoss) found = &step.choice;
  }
  return found;
}

Choices choices(const RunResult& result, const std::string& figure, const Shape& shape) {
  Latencies latencies;
  return choices_with(result, figure, shape, latencies);
}

std::vector<Choices> all_choices(const RunResult& result, const std::vector<std::string>& figures,
                                 const std::vector<Shape>& shapes) {
  std::vector<Choices> out;
  for (const Shape& shape : shapes) {
    Latencies latencies;
    for (const std::string& figure : figures)
      out.push_back(choices_with(result, figure, shape, latencies));
  }
  return out;
}

Speed speed_of(const measure::Ratio& speedup) {
  const double low = speedup.interval ? speedup.interval->low : speedup.value;
  const double high = speedup.interval ? speedup.interval->high : speedup.value;
  if (low > 1) return Speed::kFaster;
  return high < 1 ? Speed::kSlower : Speed::kNotToldApart;
}

std::optional<Answer> answer(const RunResult& result) {
  const std::vector<Shape> shapes = shapes_in_spec_order(result);
  const Shape shape = shapes.empty() ? Shape{} : shapes.front();
  std::optional<Answer> out =
      result.tuning ? decided(result, *result.tuning) : from_rows(result, shape);
  if (out) add_measurements(result, shape, *out);
  return out;
}

}  // namespace quantbench::analysis
