#include "quantbench/runtime/index_limits.h"

#include <gmock/gmock.h>

#include "support/message_of.h"
#include "support/runnable_graph.h"

namespace quantbench::runtime {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

graph::Initializer table(const std::string& name, std::int64_t rows, std::int64_t columns) {
  return test::wave_constant(name, {rows, columns});
}

graph::Model reading_ids(const std::vector<std::string>& lines) {
  return test::runnable(lines, {{"ids", {-1, -1}, onnx::TensorProto::INT64}}, {{"y", {-1, -1, 4}}});
}

TEST(IndexLimits, are_the_rows_of_the_smallest_table_that_an_input_chooses_from) {
  graph::Model model =
      reading_ids({"a = Gather(words, ids)", "b = Gather(types, ids)", "y = Add(a, b)"});
  model.set_initializer(table("words", 20, 4));
  model.set_initializer(table("types", 2, 4));
  EXPECT_THAT(index_limits(model), ElementsAre(Pair("ids", 2)));
}

TEST(IndexLimits, follow_casts_reshapes_and_quantized_tables) {
  graph::Model model =
      reading_ids({"same = Identity(ids)", "wide = Cast(same)", "flat = Reshape(wide, shape)",
                   "words = DequantizeLinear(words_u8, scale, zero)", "y = Gather(words, flat)"});
  model.set_initializer(
      graph::Initializer::make<std::uint8_t>("words_u8", {7, 4}, std::vector<std::uint8_t>(28)));
  EXPECT_THAT(index_limits(model), ElementsAre(Pair("ids", 7)));
}

TEST(IndexLimits, count_along_the_axis_of_the_gather) {
  graph::Model model = reading_ids({"y = Gather(words, ids)"});
  auto& axis = *model.graph().mutable_node(0)->add_attribute();
  axis.set_name("axis");
  axis.set_type(onnx::AttributeProto::INT);
  axis.set_i(-1);
  model.set_initializer(table("words", 20, 4));
  EXPECT_THAT(index_limits(model), ElementsAre(Pair("ids", 4)));
}

TEST(IndexLimits, are_known_of_fused_embeddings) {
  graph::Model model =
      reading_ids({"y = EmbedLayerNormalization(ids, types, words, positions, kinds, g, b)"});
  test::declare(*model.graph().add_input(), {"types", {-1, -1}, onnx::TensorProto::INT64});
  model.set_initializer(table("words", 20, 4));
  model.set_initializer(table("positions", 16, 4));
  model.set_initializer(table("kinds", 2, 4));
  EXPECT_THAT(index_limits(model), ElementsAre(Pair("ids", 20), Pair("types", 2)));
}

TEST(IndexLimits, are_unknown_where_values_are_computed_or_the_table_is) {
  graph::Model model = reading_ids(
      {"next = Add(ids, one)", "a = Gather(words, next)", "b = Gather(ids, ids)", "y = Add(a, b)"});
  model.set_initializer(table("words", 20, 4));
  EXPECT_THAT(index_limits(model), IsEmpty());
}

TEST(IndexLimits, end_in_a_graph_that_is_a_ring) {
  graph::Model model = reading_ids({"a = Identity(b)", "b = Identity(a)", "y = Gather(a, b)"});
  EXPECT_THAT(index_limits(model), IsEmpty());
}

TEST(CheckIndices, takes_what_gather_takes_and_names_the_input_that_holds_another) {
  const auto check = [](std::vector<std::int64_t> ids) {
    const auto count = static_cast<std::int64_t>(ids.size());
    return test::message_of([&] {
      check_indices({{"ids", 20}}, {{"other", {{1}, std::vector<std::int64_t>{99}}},
                                    {"ids", {{1, count}, std::move(ids)}}});
    });
  };
  EXPECT_EQ(check({0, 19, -1, -20}), "nothing was thrown");
  EXPECT_EQ(check({0, 20}),
            "input 'ids': the value 20 is out of range (the model's table has 20 rows: 0 to 19)");
  EXPECT_EQ(check({-21}),
            "input 'ids': the value -21 is out of range (the model's table has 20 rows: 0 to 19)");
}

}  // namespace
}  // namespace quantbench::runtime
