#include "quantbench/analysis/pareto.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace quantbench::analysis {
namespace {

using testing::ElementsAre;

TEST(ParetoFront, leaves_out_what_another_row_beats) {
  const std::vector<Candidate> rows = {{0, 20, 0.90}, {1, 10, 0.89}, {2, 12, 0.88}, {3, 8, 0.80},
                                       {4, 30, 0.90}, {5, NAN, 1.0}, {6, 10, 0.89}};
  EXPECT_THAT(pareto_front(rows), ElementsAre(3, 1, 0));
}

}  // namespace
}  // namespace quantbench::analysis
