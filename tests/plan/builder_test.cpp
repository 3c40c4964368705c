#include "quantbench/plan/builder.h"

#include <gmock/gmock.h>

namespace quantbench::plan {
namespace {

/// A stage of no use: a number and, above 0, the stage of the number below as its need.
template <int Version>
struct Count {
  static constexpr StageDeclaration kDeclaration{
      .name = "count", .summary = "number -> number", .version = Version};

  struct Params {
    std::int64_t number = 0;
    static constexpr auto fields() { return std::tuple(field("number", &Params::number)); }
  };
  struct Places {
    std::string path;
    static constexpr auto fields() { return std::tuple(field("path", &Places::path)); }
  };
  struct Result {
    std::int64_t number = 0;
    Json details;
    static constexpr auto fields() {
      return std::tuple(field("number", &Result::number), large_field("details", &Result::details));
    }
  };

  static Request<Count> plan(Builder& builder, std::int64_t number, const std::string& path) {
    Request<Count> request{.params = {number}, .places = {path}};
    if (number > 0) request.needs = {builder.require<Count>(number - 1, path).index};
    return request;
  }
  static Result run(const Context<Count>& context) {
    context.progress(0.5);
    const std::int64_t below =
        context.params.number > 0 ? context.template result<Count>(0).number : 0;
    return {below + 1, context.places.path};
  }
};

TEST(Builder, adds_each_stage_once_and_needs_before_what_needs_them) {
  const spec::Spec spec;
  const Inputs inputs;
  Builder builder(spec, inputs);
  const auto two = builder.require<Count<1>>(std::int64_t{2}, "a");
  EXPECT_EQ(builder.require<Count<1>>(std::int64_t{2}, "b").index, two.index)
      << "places do not tell stages apart";
  EXPECT_EQ(builder.require<Count<1>>(std::int64_t{0}, "a").index, 0U);
  const std::vector<PlannedStage> stages = builder.take();
  ASSERT_EQ(stages.size(), 3U);
  EXPECT_EQ(stages[two.index].params, (Json{{"number", 2}}));
  for (std::size_t i = 0; i < stages.size(); ++i) {
    for (const std::size_t need : stages[i].needs) EXPECT_LT(need, i);
  }
}

TEST(StageKey, depends_on_parameters_version_and_needs) {
  const Stage& stage = stage_of<Count<1>>();
  const std::string key = stage_key(stage, {{"number", 1}}, {"a"});
  EXPECT_EQ(stage_key(stage, {{"number", 1}}, {"a"}), key);
  EXPECT_NE(stage_key(stage, {{"number", 2}}, {"a"}), key);
  EXPECT_NE(stage_key(stage, {{"number", 1}}, {"b"}), key);
  EXPECT_NE(stage_key(stage_of<Count<2>>(), {{"number", 1}}, {"a"}), key);
}

TEST(Stage, reads_its_parameters_and_the_results_that_it_needs_by_type) {
  const Stage& stage = stage_of<Count<1>>();
  double share = 0;
  Work work{.params = {{"number", 3}}, .places = {{"path", "here"}}};
  work.results = {{{"number", 7}, {"details", nullptr}}};
  Json result = stage.run(work, [&](double told) { share = told; });
  EXPECT_EQ(result, (Json{{"number", 8}, {"details", "here"}}));
  EXPECT_EQ(share, 0.5);
  stage.drop_large_fields(result);
  EXPECT_EQ(result, (Json{{"number", 8}, {"details", nullptr}}));
  EXPECT_NO_THROW(stage.check_result(result));
  EXPECT_THROW(stage.check_result({{"number", "8"}, {"details", nullptr}}), Error);
  work.results = {{{"nummer", 7}}};
  EXPECT_THROW(stage.run(work, [](double) {}), Error);
}

}  // namespace
}  // namespace quantbench::plan
