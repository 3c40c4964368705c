#include "quantbench/quantize/report.h"

#include <gtest/gtest.h>

#include "quantbench/base/error.h"

namespace quantbench::quantize {
namespace {

TEST(Report, survives_json) {
  Report report;
  report.quantized = {{"Gather", 2}, {"MatMul", 12}};
  report.left = {{"Add", 7}};
  report.quantized_nodes = {"MatMul_1", "Gather_0"};
  report.left_nodes = {{"MatMul_9", "MatMul", "both inputs are activations"}};
  report.conversions_inserted = 5;
  report.warnings = {"careful"};
  report.preset = {{"name", "p"}, {"options", {{"per_channel", true}}}};
  report.advice = {{"p", 9, 4}};
  EXPECT_EQ(report.quantized_count(), 14);
  EXPECT_EQ(report.left_count(), 7);
  const Report read = Report::from_json(report.to_json());
  EXPECT_EQ(read.to_json(), report.to_json());
  EXPECT_EQ(read.advice, report.advice);
  EXPECT_EQ(read.left_nodes[0].reason, "both inputs are activations");
}

TEST(Report, refuses_other_json) {
  EXPECT_THROW(Report::from_json(Json::object()), Error);
  EXPECT_THROW(Report::from_json(Json::parse(R"({"quantized": 3})")), Error);
}

}  // namespace
}  // namespace quantbench::quantize
