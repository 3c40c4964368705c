#include "quantbench/analysis/cost.h"

#include <vector>

#include "quantbench/spec/spec.h"

namespace quantbench::analysis {

namespace {

constexpr double kSecondsPerHour = 3600;
constexpr double kMillion = 1e6;

double cost_at(double samples_per_second, double price_per_hour) {
  return price_per_hour / kSecondsPerHour / samples_per_second * kMillion;
}

double samples_per_second(double latency_ms, const Shape& shape) {
  return static_cast<double>(shape.batch_size) * 1000 / latency_ms;
}

void keep_lower(std::optional<Cost>& lowest, const Cost& cost) {
  if (!lowest || cost.per_million < lowest->per_million) lowest = cost;
}

/// Texts of a value: itself, or the elements of a list.
std::vector<std::string> names_in(const Json& value) {
  std::vector<std::string> out;
  if (value.is_string()) out.push_back(value.get<std::string>());
  if (!value.is_array()) return out;
  for (const Json& one : value) {
    if (one.is_string()) out.push_back(one.get<std::string>());
  }
  return out;
}

}  // namespace

std::optional<double> price_per_hour(const store::RunResult& result) {
  const Json prices = result.spec.value(spec::kPricePerHour, Json::object());
  if (!prices.is_object()) return std::nullopt;
  const auto price = [&](const std::string& name) -> std::optional<double> {
    const auto found = prices.find(name);
    if (found == prices.end() || !found->is_number() || !(found->get<double>() > 0)) {
      return std::nullopt;
    }
    return found->get<double>();
  };
  const Json args = result.spec.value("backend_args", Json::object());
  if (args.is_object()) {
    for (const auto& [key, value] : args.items()) {
      const std::vector<std::string> names = names_in(value);
      // Of several it is not known which one the machine was.
      if (names.size() != 1) continue;
      if (const auto own = price(names.front())) return own;
    }
  }
  return price(spec::kAnyMachine);
}

std::optional<Cost> cost_of(const store::Row& row, const Shape& shape, double price_per_hour) {
  std::optional<Cost> lowest;
  const measure::Timing* timing = timing_at(row.timings, shape);
  if (timing != nullptr && timing->latency_mean > 0) {
    keep_lower(lowest,
               {cost_at(samples_per_second(timing->latency_mean, shape), price_per_hour), 0});
  }
  for (const measure::StreamFigures& figures : row.streams) {
    const bool is_there =
        figures.batch_size == shape.batch_size && figures.input_length == shape.input_length;
    if (!is_there || !(figures.samples_per_second > 0)) continue;
    keep_lower(lowest, {cost_at(figures.samples_per_second, price_per_hour), figures.streams});
  }
  return lowest;
}

std::optional<AnswerCost> cost_of(const store::RunResult& result, const Answer& answer) {
  const auto price = price_per_hour(result);
  if (!price) return std::nullopt;
  const store::Row& row = result.rows[answer.choice.row];
  const auto cost = cost_of(row, answer.shape, *price);
  if (!cost) return std::nullopt;
  const store::Row* original = store::original_of(result, row);
  std::optional<Cost> before;
  if (original != nullptr) before = cost_of(*original, answer.shape, *price);
  if (!before) {
    if (!(answer.original_latency_ms > 0)) return std::nullopt;
    before = Cost{cost_at(samples_per_second(answer.original_latency_ms, answer.shape), *price), 0};
  }
  return AnswerCost{*price, *cost, *before};
}

}  // namespace quantbench::analysis
