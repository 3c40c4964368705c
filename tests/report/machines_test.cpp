#include "quantbench/report/machines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quantbench/base/error.h"
#include "quantbench/base/text.h"
#include "quantbench/report/html/page_data.h"
#include "quantbench/report/report.h"

namespace quantbench::report {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

store::RunResult run_on(const std::string& instance, const std::string& cpu, double original_ms,
                        double quantized_ms) {
  store::RunResult result;
  result.run_id = instance;
  result.spec = {
      {"task", "text-classification"},
      {"metrics", {"accuracy"}},
      {"backend_args", {{"instance_type", instance}, {"supported_instructions", "avx2"}}}};
  result.machine = {{"cpu", cpu}};
  result.benchmarked = {{"apply_quantization", {false, true}}};
  for (const bool quantized : {false, true}) {
    store::Row& row = result.rows.emplace_back();
    row.parameters = {{"apply_quantization", quantized}};
    row.quantized = quantized;
    row.evaluation["accuracy"] = 0.9;
    measure::Timing& timing = row.timings.emplace_back();
    timing.batch_size = 1;
    timing.input_length = 32;
    timing.latency_mean = quantized ? quantized_ms : original_ms;
  }
  return result;
}

Document two_machines() {
  Document out = run_on("ml.m5.large", "Xeon [8259CL]", 20, 10);
  out.other_machines = {run_on("ml.c7i.large", "Xeon 8488C", 12, 4)};
  return out;
}

TEST(Machines, are_named_by_what_differs_and_the_cpu) {
  EXPECT_THAT(machine_names(two_machines()),
              ElementsAre("ml.m5.large (Xeon [8259CL])", "ml.c7i.large (Xeon 8488C)"));
  Document alike = two_machines();
  alike.other_machines = {alike, alike};
  EXPECT_THAT(machine_names(alike),
              ElementsAre("Xeon [8259CL]", "Xeon [8259CL], 2", "Xeon [8259CL], 3"));
  EXPECT_THAT(machine_directories(alike), ElementsAre("xeon-8259cl", "xeon-8259cl-2"));
}

TEST(Machines, have_an_answer_each_over_their_own_original) {
  EXPECT_THAT(machine_answers(two_machines()),
              ElementsAre(AllOf(HasSubstr("On ml.m5.large"), HasSubstr("2.00 times"),
                                HasSubstr("10.0 ms instead of 20.0 ms")),
                          AllOf(HasSubstr("On ml.c7i.large"), HasSubstr("3.00 times"),
                                HasSubstr("4.00 ms instead of 12.0 ms"))));
  EXPECT_THAT(machine_answers(run_on("ml.m5.large", "Xeon", 20, 10)), IsEmpty());
}

TEST(Machines, with_prices_have_a_cheapest_row) {
  Document priced = two_machines();
  const Json prices = {{"ml.m5.large", 0.1}, {"ml.c7i.large", 0.5}};
  priced.spec["price_per_hour"] = prices;
  EXPECT_THAT(machine_answers(priced), testing::SizeIs(2)) << "only one price is known";
  priced.other_machines[0].spec["price_per_hour"] = prices;
  // 10 ms at 0.1 an hour, and 4 ms at 0.5: the slower machine is the cheaper one.
  EXPECT_THAT(machine_answers(priced).back(),
              AllOf(HasSubstr("The cheapest of these:"), HasSubstr("on ml.m5.large"),
                    HasSubstr("0.278 for a million inferences")));
}

TEST(Machines, come_back_from_json) {
  const Document document = two_machines();
  const Json json = document.to_json();
  EXPECT_EQ(json.at("other_machines").size(), 1U);
  EXPECT_EQ(json["other_machines"][0].at("answer").at("speedup"), 3.0);
  const Document back = Document::from_json(json, "results.json");
  EXPECT_EQ(back.to_json(), json);
  Json wrong = json;
  wrong["other_machines"] = 1;
  EXPECT_THROW(Document::from_json(wrong, "results.json"), Error);
  wrong["other_machines"] = {1};
  EXPECT_THROW(Document::from_json(wrong, "results.json"), Error);
  EXPECT_FALSE(Document(run_on("a", "b", 2, 1)).to_json().contains("other_machines"));
}

TEST(Machines, stand_apart_in_every_report) {
  const Document document = two_machines();
  const std::string card = render(document, "card");
  EXPECT_THAT(card, AllOf(HasSubstr("## Machines\n"), HasSubstr("`xeon-8488c/README.md`"),
                          HasSubstr("Xeon \\[8259CL\\]"), HasSubstr("3.00 times as fast")));
  EXPECT_THAT(render(run_on("a", "b", 2, 1), "card"), Not(HasSubstr("## Machines")));

  const std::string text = render(document, "markdown");
  const std::size_t second = text.find("### ml.c7i.large");
  ASSERT_NE(second, std::string::npos) << text;
  EXPECT_THAT(text.substr(second), AllOf(HasSubstr("3.00x"), Not(HasSubstr("2.00x"))));

  const std::vector<std::string> lines = split(render(document, "csv"), '\n');
  ASSERT_EQ(lines.size(), 6U);
  EXPECT_THAT(lines[0], testing::StartsWith("machine,apply_quantization,"));
  EXPECT_THAT(lines[4], testing::StartsWith("ml.c7i.large (Xeon 8488C),"));

  const Json page = html::page_data(document);
  EXPECT_EQ(page["machine_name"], "ml.m5.large (Xeon [8259CL])");
  ASSERT_EQ(page["others"].size(), 1U);
  EXPECT_EQ(page["rows"][1]["timings"][0]["speedup"], 2.0);
  EXPECT_EQ(page["others"][0]["rows"][1]["timings"][0]["speedup"], 3.0);
  EXPECT_EQ(page["others"][0]["rows"][1]["costs"], Json::array({nullptr}));
}

TEST(PageData, has_the_cost_of_each_row_where_the_price_is_known) {
  Document document = run_on("ml.m5.large", "Xeon", 20, 10);
  document.spec["price_per_hour"] = {{"any", 3.6}};
  const Json costs = html::page_data(document)["rows"][1]["costs"];
  EXPECT_NEAR(costs[0]["million"].get<double>(), 10, 1e-9);
  EXPECT_EQ(costs[0]["streams"], 0);
}

}  // namespace
}  // namespace quantbench::report
