#include <algorithm>
#include <atomic>
#include <chrono>
#include <iterator>
#include <map>
#include <mutex>
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
  std::size_t row = 0;  ///< in the split
  const dataset::Example* example = nullptr;
  std::vector<Features> features;
  std::vector<Outputs> outputs;
};

/// Samples [first, first + rows.size()) of the split, which go through the model together.
struct Group {
  std::size_t first = 0;
  std::vector<dataset::Example> rows;
  std::size_t cost = 0;
};

/// Hands out the groups of a split, of those it has read the costliest first, so that the last ones
/// to run are short. It reads ahead and never far: memory does not grow with the split.
class Feeder {
 public:
  Feeder(const Processor& processor, const dataset::Split& split, std::size_t group_size)
      : processor_(processor), split_(split), group_size_(group_size) {}

  /// Up to `count` groups of about the same cost; none when all are handed out. Called from several
  /// threads at once.
  std::vector<Group> next(std::size_t count) {
    const std::scoped_lock lock(mutex_);
    while (read_ < split_.size() && ahead_.size() <= at_once() / 2) read_ahead();
    std::vector<Group> groups;
    while (groups.size() < count && !ahead_.empty()) {
      const auto last = std::prev(ahead_.end());
      groups.push_back(std::move(last->second));
      ahead_.erase(last);
    }
    return groups;
  }

 private:
  // Enough to sort by length, and with images inside some hundred megabytes at most.
  static constexpr std::size_t kRowsAhead = 8192;
  static constexpr std::size_t kBytesAhead = std::size_t{64} << 20;

  /// Groups that are read at a time.
  std::size_t at_once() const {
    const std::size_t rows =
        std::min(kRowsAhead, kBytesAhead / std::max<std::size_t>(1, mean_cost_));
    return std::max<std::size_t>(1, rows / group_size_);
  }

  void read_ahead() {
    // The first rows tell how large the others may be.
    const std::size_t groups = read_ == 0 ? std::min<std::size_t>(64, at_once()) : at_once();
    const std::size_t count = std::min(groups * group_size_, split_.size() - read_);
    auto rows = split_.read(read_, count);
    for (std::size_t first = 0; first < count; first += group_size_) {
      Group group{read_ + first, {}, 0};
      for (std::size_t i = first; i < std::min(first + group_size_, count); ++i) {
        group.cost += processor_.cost(rows[i]);
        group.rows.push_back(std::move(rows[i]));
      }
      cost_ += group.cost;
      // Of equal cost the first of the split is handed out first.
      ahead_.emplace(std::pair(group.cost, split_.size() - group.first), std::move(group));
    }
    read_ += count;
    if (read_ > 0) mean_cost_ = cost_ / read_;
  }

  const Processor& processor_;
  const dataset::Split& split_;
  std::size_t group_size_;
  std::mutex mutex_;
  std::map<std::pair<std::size_t, std::size_t>, Group> ahead_;
  std::size_t read_ = 0;
  std::size_t cost_ = 0;
  std::size_t mean_cost_ = 0;
};

class Evaluator {
 public:
  Evaluator(const runtime::Session& session, const Processor& processor,
            const dataset::Split& split, const EvaluationOptions& options)
      : session_(session),
        processor_(processor),
        split_(split),
        options_(options),
        feeder_(processor, split, options.eval_batch_size),
        predictions_(split.size()),
        references_(split.size()) {}

  void run(std::size_t streams) {
    const std::size_t size = bundle_size(streams);
    parallel_for(streams, streams, [&](std::size_t) {
      while (!failed_) {
        const auto start = Clock::now();
        try {
          const std::vector<Group> groups = feeder_.next(size);
          if (groups.empty()) return;
          report(run_bundle(groups), seconds_since(start));
        } catch (...) {
          failed_ = true;
          throw;
        }
      }
    });
  }

  std::vector<Json> predictions() { return std::move(predictions_); }
  std::vector<Json> references() { return std::move(references_); }
  double busy_seconds() const { return busy_seconds_; }

 private:
  /// Groups that a stream takes at a time: of about the same length, so that many of them can
  /// share a forward, and few enough that no stream has to wait long for another in the end.
  std::size_t bundle_size(std::size_t streams) const {
    if (!options_.join_equal_lengths || options_.eval_batch_size != 1) return 1;
    return std::clamp<std::size_t>(split_.size() / (8 * streams), 1, 64);
  }

  /// Runs `body`; an Error that leaves it gets the file and line of the row.
  template <typename Body>
  decltype(auto) in_place(std::size_t row, Body&& body) const {
    try {
      return body();
    } catch (Error& error) {
      error.add_context(split_.place(row));
      throw;
    }
  }

  /// The samples that it ran.
  std::size_t run_bundle(const std::vector<Group>& groups) {
    std::vector<Sample> samples;
    for (const Group& group : groups) {
      for (std::size_t i = 0; i < group.rows.size(); ++i) {
        const std::size_t row = group.first + i;
        const dataset::Example& example = group.rows[i];
        samples.push_back(
            {row, &example, in_place(row, [&] { return processor_.features(example); }), {}});
      }
    }
    in_place(samples[0].row, [&] { forward(samples); });
    for (const Sample& sample : samples) {
      in_place(sample.row, [&] {
        predictions_[sample.row] =
            processor_.prediction(sample.outputs, sample.features, *sample.example);
        references_[sample.row] = processor_.reference(*sample.example);
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
    if (options_.progress) options_.progress(done_, split_.size());
  }

  const runtime::Session& session_;
  const Processor& processor_;
  const dataset::Split& split_;
  const EvaluationOptions& options_;
  Feeder feeder_;
  std::vector<Json> predictions_;
  std::vector<Json> references_;
  std::atomic<bool> failed_ = false;
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
  if (split.size() == 0) throw Error("there is no sample to evaluate");
  if (options.eval_batch_size == 0) throw Error("eval_batch_size must be at least 1");
  check_metrics(processor.task(), options.metrics, labels);
  const auto samples = split.size();
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

  metric::Input input{std::move(result.predictions), evaluator.references(), labels};
  result.figures = measure(processor.task(), options.metrics, input);
  result.predictions = std::move(input.predictions);
  result.figures["total_time_in_seconds"] = total;
  result.figures["samples_per_second"] = static_cast<double>(samples) / total;
  result.figures["latency_in_seconds"] = total / static_cast<double>(samples);
  return result;
}

}  // namespace quantbench::task
