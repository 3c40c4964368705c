#include "quantbench/report/labels.h"

#include <gtest/gtest.h>

namespace quantbench::report {
namespace {

TEST(RowsAt, names_each_row_and_puts_neighbours_together) {
  EXPECT_EQ(rows_at({4}), "row 4");
  EXPECT_EQ(rows_at({2, 1}), "rows 1 and 2");
  EXPECT_EQ(rows_at({3, 1, 2}), "rows 1, 2 and 3");
  EXPECT_EQ(rows_at({1, 2, 3, 4, 5, 6, 7, 8}), "rows 1-8");
  EXPECT_EQ(rows_at({12, 2, 3, 4, 5, 7, 9, 10}), "rows 2-5, 7, 9, 10 and 12");
}

}  // namespace
}  // namespace quantbench::report
