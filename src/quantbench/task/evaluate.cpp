#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/base/parallel.h"
#include "quantbench/task/first_look.h"
#include "quantbench/task/outputs.h"
#include "quantbench/task/passes.h"
#include "quantbench/task/schedule.h"
#include "quantbench/task/task.h"

namespace quantbench::task {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

class Evaluator {
 public:
  Evaluator(const runtime::Session& session, const Processor& processor,
            const dataset::Split& split, const EvaluationOptions& options)
      : session_(session),
        processor_(processor),
        split_(split),
        options_(options),
        predictions_(split.size()),
        references_(split.size()),
        left_out_(split.size(), 0) {}

  void run(std::size_t streams) {
    Schedule schedule(processor_, split_, options_, streams);
    parallel_for(streams, streams, [&](std::size_t) {
      try {
        while (std::optional<Job> job = schedule.next()) {
          const auto start = Clock::now();
          std::size_t finished = 0;
          if (job->passes.empty()) {
            finished = prepare(job->samples);
            schedule.prepared(*job);
          } else {
            finished = forward(job->passes);
          }
          report(finished, seconds_since(start));
        }
      } catch (...) {
        schedule.stop();
        throw;
      }
    });
  }

  /// Of the samples that are not left out.
  std::vector<Json> predictions() { return kept(predictions_); }
  std::vector<Json> references() { return kept(references_); }
  /// Predictions or parts of kept samples, with null or {0, 0} for those left out.
  template <typename Value>
  std::vector<Value> for_all_samples(std::vector<Value> of_kept) const {
    if (left_out() == 0) return of_kept;
    std::vector<Value> out;
    std::size_t next = 0;
    for (const char missing : left_out_) {
      out.push_back(missing != 0 ? Value() : std::move(of_kept[next++]));
    }
    return out;
  }
  std::size_t left_out() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(left_out_, [](char c) { return c != 0; }));
  }
  const Unusable& unusable() const { return unusable_; }
  double busy_seconds() const { return busy_seconds_; }

 private:
  /// Runs `body`. If it throws an Error, the row's file and line are added.
  template <typename Body>
  void in_place(std::size_t row, Body&& body) const {
    try {
      body();
    } catch (Error& error) {
      add_place(error, split_.place(row));
      throw;
    }
  }

  /// Makes the features of samples. Returns how many samples are already finished (without a pass).
  std::size_t prepare(const std::vector<Sample*>& samples) {
    std::size_t finished = 0;
    for (Sample* sample : samples) {
      try {
        in_place(sample->row, [&] { sample->features = processor_.features(sample->example); });
      } catch (const UnusableSample& error) {
        finished += pass_over(*sample, error);
        continue;
      }
      sample->outputs.resize(sample->features.size());
      sample->passes_left = sample->features.size();
      if (sample->features.empty()) finished += finish(*sample);
    }
    return finished;
  }

  /// Notes that the sample cannot be used. Returns 1.
  std::size_t pass_over(Sample& sample, const UnusableSample& error) {
    auto prediction = processor_.prediction_if_unusable(sample.example);
    left_out_[sample.row] = prediction ? 0 : 1;
    if (prediction) {
      predictions_[sample.row] = *std::move(prediction);
      references_[sample.row] = processor_.reference(sample.example);
    }
    sample.example = {};
    const std::scoped_lock lock(progress_lock_);
    unusable_.add(sample.row, error);
    return 1;
  }

  std::vector<Json> kept(std::vector<Json>& values) const {
    std::vector<Json> out = std::move(values);
    std::size_t row = 0;
    std::erase_if(out, [&](const Json&) { return left_out_[row++] != 0; });
    return out;
  }

  /// Runs passes through the model. Returns how many samples this finished.
  std::size_t forward(const std::vector<Pass>& passes) {
    in_place(passes[0].sample->row, [&] {
      if (passes.size() == 1) {
        run_alone(session_, passes[0]);
      } else {
        run_together(session_, processor_, passes);
      }
    });
    std::size_t finished = 0;
    for (const Pass& pass : passes) {
      if (--pass.sample->passes_left == 0) finished += finish(*pass.sample);
    }
    return finished;
  }

  /// Keeps the prediction and the reference of a sample and frees the rest. Returns 1.
  std::size_t finish(Sample& sample) {
    in_place(sample.row, [&] {
      predictions_[sample.row] =
          processor_.prediction(sample.outputs, sample.features, sample.example);
      references_[sample.row] = processor_.reference(sample.example);
    });
    sample.example = {};
    sample.features = {};
    sample.outputs = {};
    return 1;
  }

  void report(std::size_t samples, double seconds) {
    const std::scoped_lock lock(progress_lock_);
    busy_seconds_ += seconds;
    done_ += samples;
    if (options_.progress && samples > 0) options_.progress(done_, split_.size());
  }

  const runtime::Session& session_;
  const Processor& processor_;
  const dataset::Split& split_;
  const EvaluationOptions& options_;
  std::vector<Json> predictions_;
  std::vector<Json> references_;
  std::vector<char> left_out_;  ///< by row, which one thread writes
  std::mutex progress_lock_;
  Unusable unusable_;
  std::size_t done_ = 0;
  double busy_seconds_ = 0;
};

/// What every sample adds to the figures, under the names that the spec gives them.
std::map<std::string, metric::Outcomes> outcomes_of(const Task& task,
                                                    const std::vector<std::string>& metrics,
                                                    const metric::Input& input) {
  std::map<std::string, metric::Outcomes> found;
  for (const std::string& name : metrics) {
    const MetricChoice choice = task.metric(name);
    for (auto& [figure, parts] : metric::metrics().get(choice.metric).outcomes(input)) {
      if (choice.figure.empty()) found[figure] = std::move(parts);
      if (choice.figure == figure) found[name] = std::move(parts);
    }
  }
  return found;
}

/// Computes each registered metric once for all of its requested figures.
std::map<std::string, double> measure(const Task& task, const std::vector<std::string>& metrics,
                                      const metric::Input& input) {
  std::map<std::string, std::map<std::string, double>> computed;
  std::map<std::string, double> figures;
  for (const std::string& name : metrics) {
    const MetricChoice choice = task.metric(name);
    auto found = computed.find(choice.metric);
    if (found == computed.end()) {
      auto results = with_context("metric '" + choice.metric + "'", [&] {
        return metric::metrics().get(choice.metric).compute(input);
      });
      found = computed.emplace(choice.metric, std::move(results)).first;
    }
    if (choice.figure.empty()) {
      figures.insert(found->second.begin(), found->second.end());
    } else {
      const auto figure = found->second.find(choice.figure);
      if (figure == found->second.end()) {
        throw Error("metric '" + choice.metric + "' has no figure '" + choice.figure +
                    "' for this data set");
      }
      figures[name] = figure->second;
    }
  }
  return figures;
}

}  // namespace

Evaluation evaluate(const runtime::Session& session, const Processor& processor,
                    const dataset::Split& split, const std::vector<std::string>& labels,
                    const EvaluationOptions& options) {
  if (split.size() == 0) throw Error("the data set has no samples to evaluate");
  if (options.eval_batch_size == 0) throw Error("eval_batch_size must be at least 1");
  check_metrics(processor.task(), options.metrics, labels);
  const auto samples = split.size();
  const std::size_t groups = (samples + options.eval_batch_size - 1) / options.eval_batch_size;

  Evaluation result;
  result.streams = std::min(options.streams == 0 ? usable_cores() : options.streams, groups);
  const auto chosen = with_outputs(session, processor.outputs());
  Evaluator evaluator(chosen ? *chosen : session, processor, split, options);
  const auto start = Clock::now();
  evaluator.run(result.streams);
  const double total = seconds_since(start);
  result.left_out = evaluator.left_out();
  if (result.left_out == samples) {
    throw Error("no sample can be used; the first: " + evaluator.unusable().first);
  }
  result.samples = samples - result.left_out;
  result.remarks = processor.remarks();
  if (std::string remark = remark_on(evaluator.unusable(), samples, result.left_out == 0);
      !remark.empty()) {
    result.remarks.push_back(std::move(remark));
  }
  result.seconds_per_sample = evaluator.busy_seconds() / static_cast<double>(result.samples);

  result.tags = processor.tags();

  metric::Input input{evaluator.predictions(), evaluator.references(),
                      result.tags.empty() ? labels : result.tags};
  result.figures = measure(processor.task(), options.metrics, input);
  for (auto& [figure, parts] : outcomes_of(processor.task(), options.metrics, input))
    result.outcomes[figure] = evaluator.for_all_samples(std::move(parts));
  result.predictions = evaluator.for_all_samples(std::move(input.predictions));
  result.figures["total_time_in_seconds"] = total;
  const auto evaluated = static_cast<double>(result.samples);
  result.figures["samples_per_second"] = evaluated / total;
  result.figures["latency_in_seconds"] = total / evaluated;
  return result;
}

}  // namespace quantbench::task
