#include "quantbench/execute/run.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <limits>
#include <set>
#include <stdexcept>

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/base/thread_group.h"
#include "quantbench/execute/cache_contents.h"
#include "quantbench/execute/executor.h"
#include "quantbench/execute/plan_rows.h"
#include "quantbench/store/database.h"
#include "quantbench/store/sqlite.h"
#include "support/card_grid.h"
#include "support/message_of.h"
#include "support/tiny_models.h"

namespace quantbench::execute {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Key;
using testing::UnorderedElementsAre;
using EventKind = Event::Kind;

/// A random two-layer DistilBERT and six sentences, run for real: export, quantize, evaluate, time.
class RunTest : public testing::Test {
 protected:
  RunTest() {
    model_.config["id2label"] = {{"0", "negative"}, {"1", "positive"}};
    model_.config["label2id"] = {{"negative", 0}, {"positive", 1}};
    checkpoint_ = model_.write();
    write_text(checkpoint_ / "vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\nbad\ngood\nso\nfilm\n");
    write_text(checkpoint_ / "tokenizer_config.json",
               R"({"tokenizer_class": "BertTokenizer", "model_max_length": 16,
                   "do_lower_case": true})");
    write_text(directory_.path() / "data" / "validation.tsv",
               "sentence\tlabel\nso good\t1\nbad film\t0\ngood film\t1\nso so bad\t0\n"
               "good good good\t1\nfilm\t0\n");
    options_.store = directory_.path() / "results.sqlite";
    options_.cache = directory_.path() / "cache";
    options_.on_event = [this](const Event& event) { events_.push_back(event); };
  }

  spec::Spec spec(std::vector<std::string> overrides = {}) const {
    return spec::parse(quantbench::test::card_grid(checkpoint_, directory_.path() / "data"),
                       "test.yaml", overrides);
  }

  /// Stages of the last run that reached this state, as "stage".
  std::multiset<std::string> stages_with(EventKind kind) const {
    std::multiset<std::string> out;
    for (const Event& event : events_) {
      if (event.kind == kind) out.insert(event.stage);
    }
    return out;
  }

  store::RunResult run_again(const spec::Spec& spec) {
    events_.clear();
    return run(spec, options_);
  }

  /// Of the last run.
  std::vector<std::string> warnings() const {
    std::vector<std::string> out;
    for (const Event& event : events_) {
      if (event.kind == EventKind::kWarning) out.push_back(event.message);
    }
    return out;
  }

  std::string message_of(const spec::Spec& spec) {
    try {
      run_again(spec);
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  }

  quantbench::test::TinyModel model_{"distilbert"};
  TemporaryDirectory directory_;
  std::filesystem::path checkpoint_;
  Options options_;
  std::vector<Event> events_;
};

const store::Row& row_with(const store::RunResult& result, const Json& wanted) {
  for (const store::Row& row : result.rows) {
    bool matches = true;
    for (const auto& [key, value] : wanted.items()) matches &= row.parameters.at(key) == value;
    if (matches) return row;
  }
  throw Error("no such row");
}

TEST_F(RunTest, fills_every_row) {
  const store::RunResult result = run_again(spec());
  ASSERT_EQ(result.rows.size(), 5U);
  for (const store::Row& row : result.rows) {
    EXPECT_EQ(row.status, store::Row::Status::kOk) << row.message;
    EXPECT_THAT(row.evaluation,
                AllOf(Contains(Key("accuracy")), Contains(Key("latency_in_seconds"))));
    ASSERT_EQ(row.timings.size(), 2U);
    EXPECT_EQ(row.timings[0].batch_size, 1);
    EXPECT_EQ(row.timings[1].batch_size, 2);
    EXPECT_EQ(row.timings[1].input_length, 8);
    EXPECT_GT(row.timings[0].nb_forwards, 0);
    EXPECT_GT(row.peak_memory_bytes, 1 << 20);
    EXPECT_GT(row.model_bytes, 1000);
  }
  EXPECT_EQ(result.evaluation_samples, 6U);
  EXPECT_EQ(result.model_type, "distilbert");
  EXPECT_EQ(result.runtimes.at(0).at("name"), "onnxruntime");
  EXPECT_EQ(result.runtimes.at(0).at("threads"), 1);
  EXPECT_EQ(result.spec.at("task"), "text-classification");

  const store::Row& original = row_with(result, {{"apply_quantization", false}});
  EXPECT_FALSE(original.quantized);
  EXPECT_FALSE(original.quantization);
  const store::Row& quantized =
      row_with(result, {{"operators_to_quantize", {"Add", "MatMul"}}, {"per_channel", true}});
  ASSERT_TRUE(quantized.quantization);
  EXPECT_EQ(quantized.quantization->quantized.at("MatMul"), 12);
  EXPECT_EQ(row_with(result, {{"operators_to_quantize", {"Add"}}}).quantization_note(),
            "nothing quantized, 97 operators left");
}

TEST_F(RunTest, runs_each_distinct_stage_once_and_shares_what_reads_the_same_model) {
  run_again(spec());
  const auto started = stages_with(EventKind::kStageStarted);
  EXPECT_EQ(started.count("export"), 1U);
  EXPECT_EQ(started.count("quantize"), 4U);
  // [Add] alone quantizes nothing, so these two models equal the original byte for byte.
  EXPECT_EQ(started.count("evaluate"), 3U);
  EXPECT_EQ(started.count("time"), 3U * 2U);
  EXPECT_EQ(stages_with(EventKind::kStageReused).count("evaluate"), 2U);
  EXPECT_EQ(stages_with(EventKind::kStageFinished), started);
}

TEST_F(RunTest, uses_the_results_of_an_earlier_run) {
  const store::RunResult first = run_again(spec());
  const store::RunResult second = run_again(spec());
  EXPECT_THAT(stages_with(EventKind::kStageStarted), IsEmpty());
  ASSERT_EQ(second.rows.size(), first.rows.size());
  for (std::size_t i = 0; i < first.rows.size(); ++i) {
    EXPECT_EQ(second.rows[i].timings[0].latencies, first.rows[i].timings[0].latencies);
    EXPECT_EQ(second.rows[i].peak_memory_bytes, first.rows[i].peak_memory_bytes);
  }
  EXPECT_NE(second.run_id, first.run_id);

  run_again(spec({"batch_sizes=[1, 2, 4]"}));
  EXPECT_THAT(stages_with(EventKind::kStageStarted), Each("time"));
  EXPECT_EQ(stages_with(EventKind::kStageStarted).size(), 3U);
}

TEST_F(RunTest, measures_again_when_asked_for_fresh_figures) {
  run_again(spec());
  options_.fresh = true;
  run_again(spec());
  const auto started = stages_with(EventKind::kStageStarted);
  EXPECT_EQ(started.count("export"), 0U) << "models are the same as before";
  EXPECT_EQ(started.count("evaluate"), 3U);
  EXPECT_EQ(started.count("time"), 6U);
}

TEST_F(RunTest, makes_a_damaged_model_again) {
  const store::RunResult first = run_again(spec({"apply_quantization=false"}));
  for (const auto& entry : std::filesystem::recursive_directory_iterator(options_.cache)) {
    if (entry.path().filename() == "model.onnx") std::filesystem::resize_file(entry.path(), 10);
  }
  const store::RunResult second = run_again(spec({"apply_quantization=false"}));
  EXPECT_EQ(stages_with(EventKind::kStageStarted), (std::multiset<std::string>{"export"}));
  EXPECT_EQ(second.rows[0].evaluation, first.rows[0].evaluation);
}

/// Changes a cached file without changing its size, as a flipped bit or a careless script does.
void tamper(const fs::path& file) {
  std::string bytes = read_text(file);
  // Weights lie at the end.
  for (std::size_t i = bytes.size() / 2; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i);
  write_text(file, bytes);
}

fs::path exported_model(const fs::path& cache) {
  for (const auto& entry : fs::recursive_directory_iterator(cache)) {
    if (entry.path().filename() != "result.json") continue;
    if (!read_json(entry.path()).at("kept").at("result").contains("report"))
      return entry.path().parent_path() / "model.onnx";
  }
  throw Error("nothing was exported");
}

TEST_F(RunTest, makes_a_model_again_that_was_changed_in_the_cache_and_measures_it_again) {
  const spec::Spec quantized = spec({"operators_to_quantize=[MatMul]", "per_channel=false"});
  const store::RunResult first = run_again(quantized);
  const fs::path exported = exported_model(options_.cache);
  const std::string content = read_text(exported);
  for (const char* store : {"results.sqlite", "another.sqlite"}) {
    SCOPED_TRACE(store);
    tamper(exported);
    options_.store = directory_.path() / store;
    const store::RunResult second = run_again(quantized);
    EXPECT_THAT(warnings(), ElementsAre(AllOf(HasSubstr("the cached model was changed or damaged"),
                                              HasSubstr(exported.string()))));
    EXPECT_EQ(read_text(exported), content);
    // What an earlier release measured on the changed file may be in the store, too.
    EXPECT_THAT(stages_with(EventKind::kStageStarted),
                AllOf(Contains("export").Times(1), Contains("quantize").Times(1),
                      Contains("evaluate").Times(2), Contains("time").Times(4)));
    for (std::size_t i = 0; i < first.rows.size(); ++i) {
      EXPECT_EQ(second.rows[i].status, store::Row::Status::kOk) << second.rows[i].message;
      EXPECT_EQ(second.rows[i].evaluation.at("accuracy"), first.rows[i].evaluation.at("accuracy"));
    }
  }
  run_again(quantized);
  EXPECT_THAT(stages_with(EventKind::kStageStarted), IsEmpty());
  EXPECT_THAT(warnings(), IsEmpty());
}

TEST_F(RunTest, keeps_no_figure_of_a_model_that_was_changed_while_it_was_measured) {
  const spec::Spec one = spec({"apply_quantization=false", "batch_sizes=[1]"});
  options_.on_event = [&](const Event& event) {
    events_.push_back(event);
    if (event.kind == EventKind::kStageStarted && event.stage == "time") {
      tamper(exported_model(options_.cache));
    }
  };
  const store::RunResult result = run_again(one);
  EXPECT_EQ(result.rows[0].status, store::Row::Status::kFailed);
  EXPECT_THAT(result.rows[0].message, HasSubstr("changed while the run used it"));
  EXPECT_FALSE(store::Database(options_.store).typical_seconds("time"));
}

TEST_F(RunTest, keeps_no_figure_of_a_data_set_or_checkpoint_that_was_replaced_during_the_run) {
  const spec::Spec one = spec({"apply_quantization=false", "batch_sizes=[1]"});
  options_.on_event = [&](const Event& event) {
    if (event.kind == EventKind::kStageStarted && event.stage == "evaluate") {
      write_text(directory_.path() / "data" / "validation.tsv", "sentence\tlabel\nso bad\t1\n");
    }
  };
  const store::RunResult result = run(one, options_);
  EXPECT_THAT(result.rows[0].message, HasSubstr("was changed while the run used it"));
  EXPECT_FALSE(store::Database(options_.store).typical_seconds("evaluate"));

  options_.cache = directory_.path() / "another";
  options_.on_event = [&](const Event& event) {
    if (event.kind != EventKind::kStageStarted || event.stage != "export") return;
    Json config = read_json(checkpoint_ / "config.json");
    config["n_heads"] = config["n_heads"].get<int>() / 2;
    write_text(checkpoint_ / "config.json", config.dump());
  };
  EXPECT_THAT(quantbench::test::message_of([&] { run(one, options_); }),
              HasSubstr(checkpoint_.string() + ": was changed while the run used it"));
}

TEST_F(RunTest, refuses_a_cache_directory_that_is_somebodys_before_anything_runs) {
  write_text(options_.cache / "staging" / "deploy.sh", "mine");
  EXPECT_THAT(message_of(spec()), HasSubstr("is not a cache of quantbench"));
  EXPECT_FALSE(fs::exists(options_.store));
  EXPECT_TRUE(fs::exists(options_.cache / "staging" / "deploy.sh"));
}

TEST_F(RunTest, ends_as_failed_when_something_else_than_an_error_is_thrown) {
  options_.on_event = [](const Event& event) {
    if (event.kind == EventKind::kStageFinished) throw std::runtime_error("no terminal");
  };
  EXPECT_THROW(run(spec(), options_), std::runtime_error);
  EXPECT_EQ(store::Database(options_.store).runs().at(0).status, store::RunStatus::kFailed);
}

TEST_F(RunTest, of_three_at_once_one_does_what_the_others_wait_for) {
  const spec::Spec small = spec({"operators_to_quantize=[MatMul]", "per_channel=false"});
  std::array<std::vector<Event>, 3> events;
  {
    ThreadGroup runs;
    std::atomic<std::size_t> next{0};
    ASSERT_EQ(runs.start(events.size(),
                         [&] {
                           std::vector<Event>& mine = events[next++];
                           Options options = options_;
                           options.on_event = [&](const Event& event) { mine.push_back(event); };
                           EXPECT_NO_THROW(run(small, options));
                         }),
              events.size());
  }
  std::multiset<std::string> started;
  for (const std::vector<Event>& mine : events) {
    EXPECT_LE(std::ranges::count(mine, EventKind::kStageWaiting, &Event::kind), 1);
    EXPECT_EQ(std::ranges::count(mine, EventKind::kWarning, &Event::kind), 0);
    for (const Event& event : mine) {
      if (event.kind == EventKind::kStageStarted) started.insert(event.stage);
    }
  }
  EXPECT_THAT(started, UnorderedElementsAre("export", "quantize", "evaluate", "evaluate", "time",
                                            "time", "time", "time"));
}

TEST_F(RunTest, keeps_the_run_in_the_store) {
  const store::RunResult result = run_again(spec());
  store::Database database(options_.store);
  EXPECT_EQ(database.load_run(result.run_id).to_json(), result.to_json());
  ASSERT_EQ(database.runs().size(), 1U);
  EXPECT_EQ(database.runs()[0].status, store::RunStatus::kFinished);
}

TEST_F(RunTest, keeps_predictions_in_the_store_and_not_in_memory) {
  const spec::Spec one = spec({"apply_quantization=false"});
  const plan::Inputs inputs = plan::inspect_inputs(one, false);
  const Plan plan = plan_rows(one, inputs);
  store::Database database(options_.store);
  store::DatabaseResults results(database);
  for (const char* round : {"computed", "found"}) {
    SCOPED_TRACE(round);
    Executor executor(plan.stages, inputs.machine, options_, results);
    const StageOutcome evaluated = executor.run().at(plan.rows.at(0).evaluate.value().index);
    ASSERT_TRUE(evaluated.ok) << evaluated.message;
    const auto result = result_of<stages::Evaluate>(evaluated);
    EXPECT_EQ(result.samples, 6U);
    EXPECT_TRUE(result.predictions.is_null());
    const auto record = database.find_stage(evaluated.key);
    ASSERT_TRUE(record);
    const auto stored = record_from_json<StageAnswer>(record->result, "store");
    const auto kept = record_from_json<stages::Evaluate::Result>(stored.result, "store");
    EXPECT_EQ(kept.figures, result.figures);
    EXPECT_EQ(kept.predictions.size(), 6U);
  }
}

TEST_F(RunTest, makes_a_stored_result_again_that_its_stage_cannot_read) {
  const spec::Spec one = spec({"apply_quantization=false", "batch_sizes=[1]"});
  const store::RunResult first = run_again(one);
  const std::vector<std::string> damages = {
      R"(replace(result, '"samples"', '"sample"'))",
      R"(replace(result, '"samples":6', '"samples":"six"'))",
      R"(replace(result, '"accuracy":', '"accuracy":"x'))",
      R"(replace(result, '"figures":{', '"figures":[{'))",
      "'{}'",
      "'[1]'",
      R"('{"result":[1],"artefact":null,"peak_memory_bytes":1}')",
      "''",
      R"(replace(result, '"peak_memory_bytes":', '"peak_memory_bytes":"'))"};
  for (const std::string& damage : damages) {
    SCOPED_TRACE(damage);
    store::Connection(options_.store)
        .execute("UPDATE stages SET result = " + damage + " WHERE stage = 'evaluate'");
    const store::RunResult again = run_again(one);
    EXPECT_THAT(stages_with(EventKind::kStageStarted), ElementsAre("evaluate"));
    EXPECT_EQ(again.rows[0].evaluation.at("accuracy"), first.rows[0].evaluation.at("accuracy"));
  }
}

TEST_F(RunTest, makes_a_model_again_whose_cached_result_its_stage_cannot_read) {
  const spec::Spec one = spec({"operators_to_quantize=[MatMul]", "per_channel=false",
                               "apply_quantization=true", "batch_sizes=[1]"});
  const store::RunResult first = run_again(one);
  for (const CachedArtefact& artefact : cached_artefacts(options_.cache)) {
    ArtefactCache cache(options_.cache);
    ArtefactResult other = cache.find(artefact.key).value();
    if (!other.result.contains("report")) continue;
    other.result["report"].erase("left_nodes");
    Staging staging = cache.stage(artefact.key);
    fs::copy_file(cache.directory(artefact.key) / "model.onnx", staging.path() / "model.onnx");
    cache.discard(artefact.key);
    cache.commit(std::move(staging), artefact.key, other);
  }
  const store::RunResult again = run_again(one);
  EXPECT_THAT(stages_with(EventKind::kStageStarted), Contains("quantize"));
  EXPECT_EQ(again.rows[0].quantization->quantized, first.rows[0].quantization->quantized);
}

TEST_F(RunTest, tells_how_far_it_is) {
  run_again(spec({"time_benchmark_args.duration=0.3", "apply_quantization=false"}));
  double last = 0;
  for (const Event& event : events_) {
    EXPECT_GE(event.share, last);
    EXPECT_LE(event.share, 1);
    EXPECT_GE(event.seconds_left, 0);
    last = event.share;
  }
  EXPECT_EQ(last, 1);
  EXPECT_THAT(stages_with(EventKind::kStageProgress), Contains("time"));
}

TEST_F(RunTest, ends_when_cancelled_and_continues_where_it_was) {
  std::atomic<bool> cancel{false};
  options_.cancel = &cancel;
  options_.on_event = [&](const Event& event) {
    events_.push_back(event);
    if (event.kind == EventKind::kStageFinished && event.stage == "evaluate") cancel = true;
  };
  EXPECT_THROW(run_again(spec()), Cancelled);
  {
    store::Database database(options_.store);
    const auto summary = database.runs().at(0);
    EXPECT_EQ(summary.status, store::RunStatus::kCancelled);
    const store::RunResult kept = database.load_run(summary.run_id);
    EXPECT_THAT(kept.rows.at(0).evaluation, Contains(Key("accuracy")));
    EXPECT_EQ(kept.rows.at(0).status, store::Row::Status::kFailed);
    EXPECT_THAT(kept.rows.at(0).message, HasSubstr("before this row was done"));
  }
  options_.cancel = nullptr;
  run_again(spec());
  const auto started = stages_with(EventKind::kStageStarted);
  EXPECT_EQ(started.count("export"), 0U);
  EXPECT_EQ(started.count("evaluate"), 2U);
}

TEST_F(RunTest, turns_a_failing_stage_into_failed_rows_and_goes_on) {
  // This program is the worker, except the quantization of one row, which is killed.
  const std::filesystem::path worker = directory_.path() / "worker";
  write_text(worker,
             "#!/bin/bash\nread -r job\n"
             "case \"$job\" in *'\"stage\":\"quantize\"'*Gather*) kill -KILL $$ ;; esac\n"
             "exec 9<&0\nexec '" +
                 std::filesystem::read_symlink("/proc/self/exe").string() +
                 "' \"$@\" < <(printf '%s\\n' \"$job\"; exec cat <&9)\n");
  std::filesystem::permissions(worker, std::filesystem::perms::owner_all);
  options_.program = worker;
  const store::RunResult result = run_again(
      spec({"operators_to_quantize=[[MatMul], [Gather]]", "per_channel=false", "batch_sizes=[1]"}));
  const store::Row& failed = row_with(result, {{"operators_to_quantize", {"Gather"}}});
  EXPECT_EQ(failed.status, store::Row::Status::kFailed);
  EXPECT_THAT(failed.message, AllOf(HasSubstr("quantize: "), HasSubstr("killed by signal 9")));
  EXPECT_THAT(failed.timings, IsEmpty());
  for (const store::Row& row : result.rows) {
    if (&row == &failed) continue;
    EXPECT_EQ(row.status, store::Row::Status::kOk) << row.message;
  }
  EXPECT_EQ(stages_with(EventKind::kStageFailed).size(), 1U);
}

TEST_F(RunTest, refuses_a_name_that_no_node_has_before_anything_is_measured) {
  EXPECT_THAT(message_of(spec({"node_exclusion=[[], [nowhere_in_the_graph]]"})),
              AllOf(HasSubstr("node_exclusion"), HasSubstr("nowhere_in_the_graph")));
  EXPECT_THAT(stages_with(EventKind::kStageStarted),
              UnorderedElementsAre("export", "check_exclusions"));
}

TEST_F(RunTest, warns_of_an_exclusion_that_matches_nothing) {
  const store::RunResult result =
      run_again(spec({"node_exclusion=[residual-relu-conv, '/nowhere/*']", "per_channel=false",
                      "operators_to_quantize=[MatMul]", "batch_sizes=[1]"}));
  const store::Row& row = row_with(result, {{"apply_quantization", true}});
  ASSERT_TRUE(row.quantization);
  EXPECT_THAT(row.quantization->warnings,
              UnorderedElementsAre(
                  "node_exclusion: pattern 'residual-relu-conv' matches nothing: the graph has no "
                  "Conv",
                  "node_exclusion: glob '/nowhere/*' matches nothing: no node has such a name"));
  EXPECT_EQ(stages_with(EventKind::kStageStarted).count("check_exclusions"), 0U);
}

TEST_F(RunTest, refuses_faults_of_model_and_data_before_anything_runs) {
  EXPECT_THAT(message_of(spec({"name_or_path=/nowhere"})), HasSubstr("/nowhere"));
  EXPECT_THAT(message_of(spec({"dataset.eval_split=tset"})), HasSubstr("tset"));
  EXPECT_THAT(message_of(spec({"dataset.data_keys={primary: sentense}"})),
              HasSubstr("did you mean 'sentence'?"));
  EXPECT_THAT(quantbench::test::message_of([&] { (void)spec({"metrics=[acuracy]"}); }),
              HasSubstr("did you mean 'accuracy'?"));
  EXPECT_THAT(message_of(spec({"input_lengths=[17]"})), HasSubstr("16 positions"));
  EXPECT_THAT(
      quantbench::test::message_of([&] { (void)spec({"operators_to_quantize=[MatMull]"}); }),
      HasSubstr("did you mean 'MatMul'?"));
  EXPECT_THAT(events_, IsEmpty());
  EXPECT_FALSE(std::filesystem::exists(options_.store));
}

TEST_F(RunTest, ends_with_the_fault_that_the_export_finds) {
  model_.rename("distilbert.transformer.layer.1.ffn.lin2.weight",
                "distilbert.transformer.layer.1.ffn.lin2.wait");
  model_.write();
  EXPECT_THAT(message_of(spec()), HasSubstr("distilbert.transformer.layer.1.ffn.lin2.weight"));
  EXPECT_EQ(store::Database(options_.store).runs().at(0).status, store::RunStatus::kFailed);
}

}  // namespace
}  // namespace quantbench::execute
