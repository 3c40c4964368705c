#include "quantbench/analysis/find_row.h"

#include <gmock/gmock.h>

#include "quantbench/base/error.h"
#include "support/message_of.h"

namespace quantbench::analysis {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

store::RunResult run() {
  store::RunResult result;
  result.benchmarked = {{"operators_to_quantize", {{"Add"}, {"MatMul"}}},
                        {"apply_quantization", {true, false}}};
  result.spec = {{"batch_sizes", {1}}, {"input_lengths", {8}}};
  const auto add = [&](const Json& operators, bool quantized, double latency) {
    store::Row& row = result.rows.emplace_back();
    row.quantized = quantized;
    row.parameters = {{"operators_to_quantize", operators}, {"apply_quantization", quantized}};
    measure::Timing& timing = row.timings.emplace_back();
    timing.batch_size = 1;
    timing.input_length = 8;
    timing.latency_mean = latency;
  };
  add({"Add"}, true, 9);
  add({"MatMul"}, true, 3);
  add(nullptr, false, 8);
  return result;
}

TEST(FindRow, takes_a_name_or_a_place_in_the_table) {
  EXPECT_THAT(table_order(run()), ElementsAre(1U, 2U, 0U));
  EXPECT_EQ(find_row(run(), "original"), 2U);
  EXPECT_EQ(find_row(run(), "MatMul"), 1U);
  EXPECT_EQ(find_row(run(), "1"), 1U);
  EXPECT_EQ(find_row(run(), "3"), 0U);
}

TEST(FindRow, lists_the_rows_when_there_is_no_such_row) {
  for (const char* row : {"matmul", "0", "4", "1x", "", "-1", "99999999999999999999999"}) {
    EXPECT_THAT(quantbench::test::message_of([&] { find_row(run(), row); }),
                HasSubstr("1 'MatMul', 2 'original', 3 'Add'"))
        << row;
  }
}

}  // namespace
}  // namespace quantbench::analysis
