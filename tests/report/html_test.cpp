#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quantbench/base/error.h"
#include "quantbench/report/html/assets.h"
#include "quantbench/report/html/escape.h"
#include "quantbench/report/html/page_data.h"
#include "quantbench/report/report.h"

namespace quantbench::report::html {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Escape, leaves_no_way_out_of_an_element_or_a_script) {
  EXPECT_EQ(escape("<a href='x'>&\"</a>"), "&lt;a href=&#39;x&#39;&gt;&amp;&quot;&lt;/a&gt;");
  const std::string json = script_json({{"</script>", "<!--\xC3\xA9&"}});
  EXPECT_THAT(json, Not(HasSubstr("<")));
  EXPECT_EQ(Json::parse(json), Json({{"</script>", "<!--\xC3\xA9&"}}));
}

TEST(Escape, shows_the_characters_that_would_reorder_the_page) {
  EXPECT_EQ(escape("user\xE2\x80\xAEnimda"), "user\\u202enimda");
  EXPECT_EQ(Json::parse(script_json({"a\xE2\x80\xAE\nb", 1})), Json({"a\\u202e\nb", 1}));
}

store::RunResult two_rows() {
  store::RunResult result;
  result.spec = {{"task", "text-classification"}, {"name_or_path", "m</script>"}};
  result.benchmarked = {{"apply_quantization", {false, true}}};
  for (const bool quantized : {false, true}) {
    store::Row& row = result.rows.emplace_back();
    row.parameters = {{"apply_quantization", quantized}};
    row.quantized = quantized;
    row.evaluation["accuracy"] = quantized ? 0.88 : 0.9;
    measure::Timing& timing = row.timings.emplace_back();
    timing.batch_size = 1;
    timing.input_length = 32;
    timing.latency_mean = quantized ? 10 : 20;
    for (int i = 0; i < 1000; ++i) timing.latencies.push_back(i == 700 ? 99.0 : 10.0 + i % 10);
  }
  return result;
}

TEST(PageData, keeps_the_extremes_of_a_downsampled_distribution) {
  const Json data = page_data(two_rows());
  const Json& sample = data["rows"][1]["timings"][0]["sample"];
  EXPECT_EQ(sample.size(), 201U);
  EXPECT_EQ(sample.front(), 10.0);
  EXPECT_EQ(sample.back(), 99.0);
  EXPECT_EQ(data["rows"][1]["timings"][0]["speedup"], 2.0);
}

TEST(PageData, says_when_nothing_was_quantized) {
  store::RunResult result = two_rows();
  result.rows[1].quantization = quantize::Report{};
  EXPECT_THAT(page_data(result)["notices"].dump(), HasSubstr("Nothing was quantized"));
}

TEST(PageData, has_the_figures_of_each_load_for_each_row) {
  store::RunResult result = two_rows();
  EXPECT_EQ(page_data(result)["loads"], Json::array());
  measure::StreamFigures figures;
  figures.streams = 2;
  figures.batch_size = 1;
  figures.input_length = 32;
  figures.samples_per_second = 90.5;
  figures.joules_per_sample = 0.25;
  result.rows[1].streams = {figures, figures};
  result.rows[1].streams[0].streams = 1;
  result.rows[1].streams[0].joules_per_sample.reset();
  const Json data = page_data(result);
  EXPECT_EQ(data["loads"],
            Json::parse(R"([{"streams": 1, "shape": 0}, {"streams": 2, "shape": 0}])"));
  EXPECT_EQ(data["rows"][0]["streams"], Json::parse("[null, null]"));
  EXPECT_EQ(data["rows"][1]["streams"][0]["joules"], Json());
  EXPECT_EQ(data["rows"][1]["streams"][1]["samples_per_second"], 90.5);
  EXPECT_EQ(data["rows"][1]["streams"][1]["joules"], 0.25);
}

TEST(PageData, says_once_what_is_noted_of_several_rows) {
  store::RunResult result = two_rows();
  for (store::Row& row : result.rows) row.warnings = {"this CPU has no VNNI"};
  const Json data = page_data(result);
  std::vector<Json> notes;
  for (const Json& notice : data["notices"]) {
    if (notice["text"] == "this CPU has no VNNI") notes.push_back(notice["rows"]);
  }
  EXPECT_EQ(notes, std::vector<Json>{Json({data["rows"][0]["name"], data["rows"][1]["name"]})});
}

TEST(HtmlReport, is_one_file_with_the_users_text_as_text_or_says_what_to_run) {
  if (!has_charts()) {
    EXPECT_THROW(render(two_rows(), "html"), Error);
    return;
  }
  const std::string page = render(two_rows(), "html");
  EXPECT_THAT(page, HasSubstr("m&lt;/script&gt;"));
  EXPECT_THAT(page, Not(HasSubstr("m</script>")));
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
  EXPECT_THAT(page, Not(HasSubstr("src=\"http")));
}

}  // namespace
}  // namespace quantbench::report::html
