#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>
#include <span>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/base/parallel.h"
#include "quantbench/task/passes.h"
#include "quantbench/task/task.h"

namespace quantbench::task {

namespace {

using Clock = std::chrono::steady_clock;
using Outputs = std::vector<runtime::Tensor>;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// One sample on its way through the model.
struct Sample {
  std::size_t row = 0;
  std::vector<Features> features;
  std::vector<Outputs> outputs;
};

/// Samples [first, first + count) of the split, which go through the model together.
struct Group {
  std::size_t first = 0;
  std::size_t count = 0;
  std::size_t cost = 0;
};

class Evaluator {
 public:
  Evaluator(const runtime::Session& session, const Processor& processor,
            const dataset::Split& split, const EvaluationOptions& options)
      : session_(session),
        processor_(processor),
        split_(split),
        options_(options),
        predictions_(split.rows.size()) {}

  void run(std::size_t streams) {
    const std::vector<Group> groups = longest_first();
    const std::size_t size = bundle_size(groups.size(), streams);
    parallel_for((groups.size() + size - 1) / size, streams, [&](std::size_t bundle) {
      const auto start = Clock::now();
      const auto members =
          std::span(groups).subspan(bundle * size, std::min(size, groups.size() - bundle * size));
      report(run_bundle(members), seconds_since(start));
    });
  }

  std::vector<Json> predictions() { return std::move(predictions_); }
  double busy_seconds() const { return busy_seconds_; }

 private:
  std::vector<Group> longest_first() const {
    std::vector<Group> groups;
    const std::size_t size = options_.eval_batch_size;
    for (std::size_t first = 0; first < split_.rows.size(); first += size) {
      Group group{first, std::min(size, split_.rows.size() - first), 0};
      for (std::size_t row = first; row < first + group.count; ++row) {
        group.cost += processor_.cost(split_.rows[row]);
      }
      groups.push_back(group);
    }
    std::stable_sort(groups.begin(), groups.end(),
                     [](const Group& a, const Group& b) { return a.cost > b.cost; });
    return groups;
  }

  /// Groups that a stream takes at a time: of about the same length, so that many of them can
  /// share a forward, and few enough that no stream has to wait long for another in the end.
  std::size_t bundle_size(std::size_t groups, std::size_t streams) const {
    if (!options_.join_equal_lengths || options_.eval_batch_size != 1) return 1;
    return std::clamp<std::size_t>(groups / (8 * streams), 1, 64);
  }

  /// The samples that it ran.
  std::size_t run_bundle(std::span<const Group> groups) {
    std::vector<Sample> samples;
    for (const Group& group : groups) {
      for (std::size_t row = group.first; row < group.first + group.count; ++row) {
        samples.push_back(
            {row,
             with_context(split_.place(row), [&] { return processor_.features(split_.rows[row]); }),
             {}});
      }
    }
    with_context(split_.place(samples[0].row), [&] { forward(samples); });
    for (const Sample& sample : samples) {
      predictions_[sample.row] = with_context(split_.place(sample.row), [&] {
        return processor_.prediction(sample.outputs, sample.features, split_.rows[sample.row]);
      });
    }
    return samples.size();
  }

  /// All forward passes of the samples: eval_batch_size at a time, alone, or joined.
  void forward(std::vector<Sample>& samples) const {
    std::vector<Pass> passes;
    for (Sample& sample : samples) {
      sample.outputs.resize(sample.features.size());
      for (std::size_t i = 0; i < sample.features.size(); ++i) {
        passes.push_back({&sample.features[i], &sample.outputs[i]});
      }
    }
    const std::size_t size = options_.eval_batch_size;
    if (size == 1 && options_.join_equal_lengths) {
      run_joined(session_, processor_, std::move(passes));
      return;
    }
    for (auto first = passes.begin(); first != passes.end();) {
      const auto end = first + std::min(static_cast<long>(size), passes.end() - first);
      if (size == 1) {
        run_alone(session_, *first);
      } else {
        run_together(session_, processor_, {first, end});
      }
      first = end;
    }
  }

  void report(std::size_t samples, double seconds) {
    const std::scoped_lock lock(progress_lock_);
    busy_seconds_ += seconds;
    done_ += samples;
    if (options_.progress) options_.progress(done_, split_.rows.size());
  }

  const runtime::Session& session_;
  const Processor& processor_;
  const dataset::Split& split_;
  const EvaluationOptions& options_;
  std::vector<Json> predictions_;
  std::mutex progress_lock_;
  std::size_t done_ = 0;
  double busy_seconds_ = 0;
};

/// Each registered metric once, however many of its figures are asked for.
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
  if (split.rows.empty()) throw Error("there is no sample to evaluate");
  if (options.eval_batch_size == 0) throw Error("eval_batch_size must be at least 1");
  check_metrics(processor.task(), options.metrics, labels);
  const auto samples = split.rows.size();
  const std::size_t groups = (samples + options.eval_batch_size - 1) / options.eval_batch_size;

  Evaluation result;
  result.samples = samples;
  result.streams = std::min(options.streams == 0 ? usable_cores() : options.streams, groups);
  Evaluator evaluator(session, processor, split, options);
  const auto start = Clock::now();
  evaluator.run(result.streams);
  const double total = seconds_since(start);
  result.predictions = evaluator.predictions();
  result.seconds_per_sample = evaluator.busy_seconds() / static_cast<double>(samples);

  metric::Input input{result.predictions, {}, labels};
  for (const dataset::Example& row : split.rows) {
    input.references.push_back(processor.reference(row));
  }
  result.figures = measure(processor.task(), options.metrics, input);
  result.figures["total_time_in_seconds"] = total;
  result.figures["samples_per_second"] = static_cast<double>(samples) / total;
  result.figures["latency_in_seconds"] = total / static_cast<double>(samples);
  return result;
}

}  // namespace quantbench::task
