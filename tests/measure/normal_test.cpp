#include "quantbench/measure/normal.h"

#include <gtest/gtest.h>

namespace quantbench::measure {
namespace {

TEST(NormalQuantile, agrees_with_tables) {
  EXPECT_NEAR(normal_quantile(0.95), 1.6448536269514722, 1e-12);
  EXPECT_NEAR(normal_quantile(0.975), 1.959963984540054, 1e-12);
  EXPECT_NEAR(normal_quantile(0.5), 0, 1e-12);
  EXPECT_NEAR(normal_quantile(0.01), -2.3263478740408408, 1e-12);
}

}  // namespace
}  // namespace quantbench::measure
