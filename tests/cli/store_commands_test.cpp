// import, report, list, show, export and rm through the program.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "quantbench/base/file.h"
#include "quantbench/report/report.h"
#include "quantbench/store/database.h"
#include "support/program.h"

namespace quantbench::cli {
namespace {

using testing::HasSubstr;

class StoreCommands : public testing::Test {
 protected:
  test::ProgramResult run(const std::string& arguments) {
    return test::run_program(arguments, directory_.path());
  }
  std::string path(const std::string& name) const { return (directory_.path() / name).string(); }

  /// Stores the results of card 000 under `id`.
  void put(const std::string& id) {
    auto result = report::import_card(read_text(kCard), "card").result;
    result.run_id = id;
    store::Database(path("store.sqlite")).put_run(result, store::RunStatus::kFinished);
  }

  static std::vector<std::string> words(const std::string& text) {
    std::istringstream stream(text);
    return {std::istream_iterator<std::string>(stream), {}};
  }

  const std::string kCard = QUANTBENCH_TEST_DATA "/cards/000_43a37d0915b28517.txt";

 private:
  TemporaryDirectory directory_;
};

TEST_F(StoreCommands, import_writes_what_report_prints_as_the_same_card) {
  const auto import = run("import '" + kCard + "' --out '" + path("card") + "'");
  ASSERT_EQ(import.status, 0) << import.errors;
  EXPECT_EQ(read_text(path("card/README.md")), read_text(kCard));
  EXPECT_THAT(read_text(path("card/spec.yaml")), HasSubstr("protocol: \"reference\""));
  EXPECT_EQ(run("report '" + path("card") + "' --format card").output, read_text(kCard));
  EXPECT_EQ(run("report '" + kCard + "'").output, read_text(kCard));
}

TEST_F(StoreCommands, all_five_reference_cards_come_back_from_import_and_report) {
  for (const char* name : {"000_43a37d0915b28517", "001_93d413787d096579", "002_4172e28f3ecbce6a",
                           "003_0b4ad60a9af4421d", "004_f21a0d5771f7d783"}) {
    const std::string card = QUANTBENCH_TEST_DATA "/cards/" + std::string(name) + ".txt";
    const std::string out = path(name);
    ASSERT_EQ(run("import '" + card + "' --out '" + out + "'").status, 0) << name;
    const std::string again = run("report '" + out + "' --format card").output;
    if (std::string(name).starts_with("002")) {  // its line breaks were lost on the way to us
      EXPECT_EQ(words(again), words(read_text(card)));
    } else {
      EXPECT_EQ(again, read_text(card)) << name;
    }
  }
}

TEST_F(StoreCommands, report_writes_a_card_in_another_layout) {
  const auto combined = run("report '" + kCard + "' --layout combined");
  EXPECT_EQ(combined.status, 0) << combined.errors;
  EXPECT_THAT(combined.output, HasSubstr("(optimized)"));
  const auto refused = run("report '" + kCard + "' --layout combined --format csv");
  EXPECT_EQ(refused.status, 2);
  EXPECT_THAT(refused.errors, HasSubstr("--layout applies to cards"));
}

TEST_F(StoreCommands, list_show_save_and_rm_know_a_run_by_the_start_of_its_id) {
  EXPECT_THAT(run("list").output, HasSubstr("no runs in"));
  put("20260101-aaaa");
  put("20260202-bbbb");
  const auto list = run("list");
  EXPECT_THAT(list.output, HasSubstr("20260101-aaaa"));
  EXPECT_THAT(list.output, HasSubstr("distilbert"));
  EXPECT_THAT(run("show 202601").output, HasSubstr("accuracy"));
  const auto saved = run("save 202601 --out '" + path("out") + "'");
  ASSERT_EQ(saved.status, 0) << saved.errors;
  EXPECT_THAT(read_text(path("out/README.md")), HasSubstr("83.23"));

  EXPECT_EQ(run("rm 202601 nothing").status, 2) << "one of them does not exist";
  EXPECT_THAT(run("list").output, HasSubstr("20260101-aaaa"));
  EXPECT_EQ(run("rm 202601").status, 0);
  EXPECT_THAT(run("list").output, testing::Not(HasSubstr("20260101-aaaa")));
}

TEST_F(StoreCommands, an_ambiguous_or_unknown_run_is_refused_with_one_line) {
  const auto nothing = run("show nothing");
  EXPECT_EQ(nothing.status, 2);
  EXPECT_THAT(nothing.errors, HasSubstr("no such file or directory"));
  put("20260101-aaaa");
  put("20260202-bbbb");
  const auto ambiguous = run("show 2026");
  EXPECT_EQ(ambiguous.status, 2);
  EXPECT_THAT(ambiguous.errors, HasSubstr("more than one run starts with '2026'"));
  const auto no_results = run("show '" + path(".") + "'");
  EXPECT_EQ(no_results.status, 2);
  EXPECT_THAT(no_results.errors, HasSubstr("no results.json in this directory"));
}

TEST_F(StoreCommands, a_damaged_card_is_refused_with_its_line_and_nothing_is_written) {
  write_text(path("card.md"), "---\npipeline_tag: text-classification\nnonsense\n");
  const auto refused = run("import '" + path("card.md") + "' --out '" + path("card") + "'");
  EXPECT_EQ(refused.status, 2);
  EXPECT_THAT(refused.errors, HasSubstr("card.md:"));
  EXPECT_FALSE(std::filesystem::exists(path("card")));
}

TEST_F(StoreCommands, export_of_a_run_goes_on_working_unlisted) {
  put("20260101-aaaa");
  const auto exported = run("export 2026 --out '" + path("out") + "'");
  ASSERT_EQ(exported.status, 0) << exported.errors;
  EXPECT_THAT(exported.errors, HasSubstr("`export RUN` is now `save RUN`"));
  EXPECT_THAT(read_text(path("out/README.md")), HasSubstr("83.23"));
  EXPECT_THAT(run("export --help").output, testing::Not(HasSubstr("--out ")));
  EXPECT_THAT(run("export --help").output, testing::Not(HasSubstr("Excludes")));
}

TEST_F(StoreCommands, export_says_what_it_can_write_and_does_not_mix_the_two) {
  put("20260101-aaaa");
  const auto nothing = run("export 2026");
  EXPECT_EQ(nothing.status, 2);
  EXPECT_THAT(nothing.errors, HasSubstr("written by `quantbench save`"));
  EXPECT_EQ(run("export 2026 --opset 13 --out '" + path("out") + "'").status, 2);
  EXPECT_FALSE(std::filesystem::exists(path("out")));
}

TEST_F(StoreCommands, compare_ends_with_a_status_of_its_own_when_a_figure_regressed) {
  put("20260101-aaaa");
  auto slower = report::import_card(read_text(kCard), "card").result;
  slower.run_id = "20260202-bbbb";
  slower.rows[1].timings[0].latency_mean *= 1.2;
  slower.rows[2].evaluation["accuracy"] -= 0.02;
  store::Database(path("store.sqlite")).put_run(slower, store::RunStatus::kFinished);

  const auto same = run("compare 202601 '" + kCard + "'");
  EXPECT_EQ(same.status, 0) << same.errors;
  EXPECT_THAT(same.output, HasSubstr("no regression in 6 latencies and 6 figures"));

  const auto worse = run("compare 202601 202602 --format json");
  EXPECT_EQ(worse.status, 4) << worse.errors;
  EXPECT_EQ(parse_json(worse.output, "output")["regressions"], 2);
  EXPECT_THAT(run("compare 202601 202602 --format markdown").output,
              HasSubstr("**quantbench compare:** 2 regressions"));
  EXPECT_EQ(run("compare 202602 202601").status, 0) << "the other way round it is faster";
  EXPECT_EQ(run("compare 202601 202602 --max-latency-regression 25% --max-metric-drop 0.05").status,
            0);

  const auto refused = run("compare 202601 202602 --max-metric-drop little");
  EXPECT_EQ(refused.status, 2);
  EXPECT_THAT(refused.errors, HasSubstr("--max-metric-drop: 'little' is not a valid threshold"));
}

TEST_F(StoreCommands, compare_has_a_status_for_latencies_that_are_too_noisy_to_tell) {
  put("20260101-aaaa");
  auto noisy = report::import_card(read_text(kCard), "card").result;
  noisy.run_id = "20260202-bbbb";
  noisy.rows[1].timings[0].latency_mean *= 1.2;
  noisy.rows[1].timings[0].verdict = {measure::Trust::kNot, {"other programs took 1.3 processors"}};
  const auto store = [&] {
    store::Database(path("store.sqlite")).put_run(noisy, store::RunStatus::kFinished);
  };
  store();
  const auto unclear = run("compare 202601 202602");
  EXPECT_EQ(unclear.status, 6) << unclear.errors;
  EXPECT_THAT(unclear.output, HasSubstr("\ninconclusive: "));
  EXPECT_THAT(unclear.output, HasSubstr("other programs took 1.3 processors"));
  EXPECT_THAT(unclear.output, HasSubstr("no regression, 1 inconclusive in 6 latencies"));
  noisy.rows[2].evaluation["accuracy"] -= 0.02;
  store();
  EXPECT_EQ(run("compare 202601 202602").status, 4) << "a regression counts more";
}

TEST_F(StoreCommands, compare_judges_the_rows_of_one_run_by_their_original) {
  put("20260101-aaaa");
  const auto both =
      run("compare 2026 --against-original --max-metric-drop 0.02 --max-latency 105%");
  EXPECT_EQ(both.status, 4) << "accuracy falls from 0.911 to 0.490: " << both.errors;
  EXPECT_THAT(both.output, HasSubstr("original ms"));
  EXPECT_THAT(both.output, HasSubstr("1 regression in 4 latencies and 4 figures"));
  EXPECT_EQ(run("compare 2026 --against-original --max-metric-drop 0.5 --max-latency 105%").status,
            0);
  EXPECT_THAT(run("compare 2026 --against-original --max-metric-drop 0.5 --max-latency 0.9").output,
              HasSubstr("2 regressions in 4 latencies"));

  const auto refused = [&](const std::string& arguments, const std::string& why) {
    const auto result = run("compare " + arguments);
    EXPECT_EQ(result.status, 2) << arguments;
    EXPECT_THAT(result.errors, HasSubstr(why)) << arguments;
  };
  refused("2026", "AFTER: the second run is missing");
  refused("2026 2026 --against-original", "takes one run");
  refused("2026 2026 --max-latency 0.8", "--max-latency: does not go with");
  refused("2026 --against-original --max-latency-regression 5%", "does not go with");
  refused("2026 --against-original --max-latency 80", "for 80 % give 80%");
  refused("2026 --against-original --max-throughput-drop 5%", "--max-throughput-drop: does not go");
  refused("2026 2026 --min-throughput 0.8", "--min-throughput: does not go with");
  refused("2026 2026 --max-throughput-drop 5%", "no throughput of concurrent streams to compare");
}

TEST_F(StoreCommands, cache_lists_models_and_removes_those_beyond_a_limit) {
  EXPECT_THAT(run("cache").output,
              HasSubstr("0 artefacts, 0.0 MB of at most 10000.0 MB in " + path("cache")));
  const std::string key(64, 'a');
  write_text(path("cache/artefacts/aa/" + key + "/model.onnx"), std::string(2'500'000, 'x'));
  const auto list = run("cache");
  EXPECT_EQ(list.status, 0) << list.errors;
  EXPECT_THAT(
      list.output,
      HasSubstr("aaaaaaaaaaaa  2.5 MB    0 h ago\n1 artefact, 2.5 MB of at most 10000.0 MB in "));

  EXPECT_THAT(run("cache --prune").errors, HasSubstr("--prune needs a limit"));
  EXPECT_EQ(run("cache --max-size 1MB").status, 2) << "without --prune";
  EXPECT_EQ(run("cache --prune --older-than 3").status, 2) << "no unit";
  EXPECT_EQ(run("cache --prune --max-size=-1").status, 2);
  EXPECT_EQ(run("cache --prune --older-than=-1h").status, 2);
  EXPECT_THAT(run("cache --prune --older-than 1h --max-size 1GB").output,
              HasSubstr("removed 0 artefacts, 0.0 MB of "));
  EXPECT_THAT(run("cache --prune --max-size 2MB --dry-run").output,
              HasSubstr("would remove 1 artefact, 2.5 MB of "));
  EXPECT_THAT(run("cache").output, HasSubstr("1 artefact,"));
  EXPECT_THAT(run("cache --prune --max-size 2MB").output, HasSubstr("removed 1 artefact, 2.5 MB"));
  EXPECT_THAT(run("cache").output, HasSubstr("0 artefacts,"));
}

}  // namespace
}  // namespace quantbench::cli
