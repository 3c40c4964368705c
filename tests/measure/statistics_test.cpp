#include "quantbench/measure/statistics.h"

#include <gtest/gtest.h>

#include <cmath>

#include "quantbench/base/error.h"
#include "quantbench/base/json.h"

namespace quantbench::measure {
namespace {

const Json& numpy_cases() {
  static const Json cases =
      read_json(std::filesystem::path(QUANTBENCH_TEST_DATA) / "measure" / "statistics.json");
  return cases;
}

TEST(Statistics, quantiles_are_numpys_bit_for_bit) {
  for (const Json& sample : numpy_cases().at("samples")) {
    const auto values = sample.at("values").get<std::vector<double>>();
    for (const auto& [q, expected] : sample.at("quantiles").items()) {
      EXPECT_EQ(linear_quantile(values, std::stod(q)), expected.get<double>())
          << sample.at("name") << " at " << q;
    }
  }
}

TEST(Statistics, mean_and_standard_deviation_are_numpys) {
  for (const Json& sample : numpy_cases().at("samples")) {
    const auto values = sample.at("values").get<std::vector<double>>();
    EXPECT_DOUBLE_EQ(mean(values), sample.at("mean").get<double>()) << sample.at("name");
    EXPECT_NEAR(standard_deviation(values), sample.at("std").get<double>(),
                1e-12 * std::fabs(mean(values)))
        << sample.at("name");
  }
}

TEST(Statistics, rounds_as_python_rounds) {
  for (const Json& pair : numpy_cases().at("rounded")) {
    const double exact = pair.at("nb_forwards").get<double>() / pair.at("duration").get<double>();
    EXPECT_EQ(python_round(exact, 2), pair.at("throughput").get<double>()) << exact;
  }
  EXPECT_EQ(python_round(2.675, 2), 2.67);  // the double lies below the tie
  EXPECT_EQ(python_round(-0.125, 2), -0.12);
  EXPECT_TRUE(std::isnan(python_round(std::nan(""), 2)));
}

TEST(Statistics, refuses_a_quantile_of_nothing) {
  EXPECT_THROW(linear_quantile({}, 0.5), Error);
  EXPECT_THROW(linear_quantile({1.0}, 1.5), Error);
  EXPECT_THROW(linear_quantile({1.0}, std::nan("")), Error);
  EXPECT_EQ(mean({}), 0);
  EXPECT_EQ(standard_deviation({}), 0);
}

}  // namespace
}  // namespace quantbench::measure
