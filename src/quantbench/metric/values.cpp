#include "quantbench/metric/values.h"

#include "quantbench/base/error.h"

namespace quantbench::metric {

namespace {

[[noreturn]] void refuse(const Json& value, const char* which, std::size_t sample,
                         const char* expected) {
  throw Error(std::string(which) + " of sample " + std::to_string(sample + 1) + " is " +
              to_line(value) + ", expected " + expected);
}

std::vector<std::int64_t> integers(const std::vector<Json>& values, const char* which) {
  std::vector<std::int64_t> out;
  out.reserve(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!values[i].is_number_integer()) refuse(values[i], which, i, "a class id");
    out.push_back(values[i].get<std::int64_t>());
  }
  return out;
}

std::vector<double> reals(const std::vector<Json>& values, const char* which) {
  std::vector<double> out;
  out.reserve(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!values[i].is_number()) refuse(values[i], which, i, "a number");
    out.push_back(values[i].get<double>());
  }
  return out;
}

}  // namespace

void require_same_length(const Input& input) {
  if (input.predictions.size() != input.references.size()) {
    throw Error(std::to_string(input.predictions.size()) + " predictions for " +
                std::to_string(input.references.size()) + " references");
  }
  if (input.predictions.empty()) throw Error("no predictions to measure");
}

ClassIds class_ids(const Input& input) {
  require_same_length(input);
  return {integers(input.predictions, "prediction"), integers(input.references, "reference")};
}

Numbers numbers(const Input& input) {
  require_same_length(input);
  return {reals(input.predictions, "prediction"), reals(input.references, "reference")};
}

}  // namespace quantbench::metric
