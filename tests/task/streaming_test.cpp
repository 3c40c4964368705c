#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "quantbench/base/error.h"
#include "quantbench/task/task.h"
#include "support/message_of.h"

namespace quantbench::task {
namespace {

using ::testing::HasSubstr;

/// Rows made when they are read. Counts the rows that are read and not yet evaluated.
class CountingRows final : public dataset::Rows {
 public:
  explicit CountingRows(std::size_t size) : size_(size) {}

  std::size_t size() const override { return size_; }
  std::vector<dataset::Example> read(std::size_t first, std::size_t count) const override {
    std::vector<dataset::Example> rows;
    for (std::size_t i = first; i < first + count; ++i) rows.push_back({{"n", i}});
    out_ += count;
    most_ = std::max(most_.load(), out_.load());
    return rows;
  }
  std::string place(std::size_t row) const override { return "line " + std::to_string(row + 1); }

  void evaluated() const { --out_; }
  std::size_t most() const { return most_; }

 private:
  std::size_t size_;
  mutable std::atomic<std::size_t> out_ = 0;
  mutable std::atomic<std::size_t> most_ = 0;
};

class Counts final : public Task {
 public:
  std::unique_ptr<Processor> prepare(const TaskContext&, const dataset::Split&) const override {
    throw Error("not needed here");
  }
  std::vector<std::string> required_data_keys() const override { return {}; }
  std::vector<std::string> optional_data_keys() const override { return {}; }
  std::vector<std::string> default_metrics() const override { return {"accuracy"}; }
  std::vector<runtime::NamedTensor> timing_inputs(const std::vector<runtime::InputInfo>&,
                                                  std::int64_t, std::int64_t,
                                                  const Json&) const override {
    return {};
  }
};

/// Both the prediction and the reference of a row are its number modulo 3.
class CountsProcessor final : public Processor {
 public:
  explicit CountsProcessor(const CountingRows& rows) : rows_(rows) {}

  const Task& task() const override { return task_; }
  std::vector<Features> features(const dataset::Example& example) const override {
    if (example["n"] == bad_) throw Error("a bad row");
    return std::vector<Features>(1);
  }
  std::size_t cost(const dataset::Example& example) const override {
    return example["n"].get<std::size_t>() * 7 % 31;
  }
  Json prediction(const std::vector<std::vector<runtime::Tensor>>&, const std::vector<Features>&,
                  const dataset::Example& example) const override {
    rows_.evaluated();
    return example["n"].get<std::int64_t>() % 3;
  }
  Json reference(const dataset::Example& example) const override {
    return example["n"].get<std::int64_t>() % 3;
  }
  std::vector<runtime::NamedTensor> collate(const std::vector<const Features*>&) const override {
    return {};
  }

  std::int64_t bad_ = -1;

 private:
  const CountingRows& rows_;
  Counts task_;
};

class NoSession final : public runtime::Session {
 public:
  const std::vector<runtime::InputInfo>& inputs() const override { return inputs_; }
  const std::vector<std::string>& output_names() const override { return names_; }
  std::vector<runtime::Tensor> run(const std::vector<runtime::NamedTensor>&) const override {
    return {};
  }
  void run_visit(const std::vector<runtime::NamedTensor>&,
                 const runtime::OutputVisitor&) const override {}
  std::unique_ptr<Bound> bind(const std::vector<runtime::NamedTensor>&) const override {
    throw Error("not needed here");
  }

 private:
  std::vector<runtime::InputInfo> inputs_;
  std::vector<std::string> names_;
};

/// The maximum number of rows in memory.
std::size_t most_rows_of(std::size_t rows, std::size_t batch) {
  const auto counting = std::make_shared<CountingRows>(rows);
  dataset::Split split;
  split.columns = {"n"};
  split.rows = counting;
  const CountsProcessor processor(*counting);
  EvaluationOptions options;
  options.metrics = {"accuracy"};
  options.eval_batch_size = batch;
  options.streams = 4;
  const Evaluation result = evaluate(NoSession(), processor, split, {"a", "b", "c"}, options);
  EXPECT_EQ(result.samples, rows);
  EXPECT_DOUBLE_EQ(result.figures.at("accuracy"), 1.0);
  for (std::size_t i = 0; i < rows; ++i) EXPECT_EQ(result.predictions[i], i % 3);
  return counting->most();
}

TEST(Evaluation, of_ten_times_the_rows_holds_no_more_of_them) {
  // Eight thousand are read when less than half of that number are left.
  EXPECT_LT(most_rows_of(20'000, 1), 13'000U);
  EXPECT_LT(most_rows_of(200'000, 1), 13'000U);
  EXPECT_LT(most_rows_of(200'000, 32), 13'000U);
}

TEST(Evaluation, reads_each_row_once_whatever_the_size_of_the_split) {
  for (const std::size_t rows : {1, 2, 63, 64, 65, 2111, 2112, 2113, 5000}) {
    SCOPED_TRACE(rows);
    most_rows_of(rows, 1);
  }
}

TEST(Evaluation, says_which_row_was_bad_however_far_in) {
  const auto counting = std::make_shared<CountingRows>(20'000);
  dataset::Split split;
  split.rows = counting;
  CountsProcessor processor(*counting);
  processor.bad_ = 17'000;
  EvaluationOptions options;
  options.metrics = {"accuracy"};
  EXPECT_EQ(test::message_of([&] {
              evaluate(NoSession(), processor, split, {"a", "b", "c"}, options);
            }),
            "line 17001: a bad row");
}

}  // namespace
}  // namespace quantbench::task
