#include "quantbench/measure/streams.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <string>

#include "quantbench/base/error.h"
#include "quantbench/base/thread_group.h"
#include "quantbench/measure/energy.h"
#include "quantbench/measure/statistics.h"
#include "quantbench/measure/timing.h"

namespace quantbench::measure {

namespace {

using StreamClock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kLookEvery{250};

double seconds_between(StreamClock::time_point begin, StreamClock::time_point end) {
  return std::chrono::duration<double>(end - begin).count();
}

/// What a stream counted.
struct Counted {
  std::vector<double> latencies;  ///< ms
  double forwards = 0;            ///< before the end, parts included
};

/// Streams that start together and keep the load up until all have counted and the energy is read.
class Streams {
 public:
  Streams(const std::vector<std::function<void()>>& forwards, const StreamOptions& options)
      : forwards_(forwards), options_(options), counted_(forwards.size()) {}

  StreamFigures run(const std::function<void(double)>& elapsed) {
    ThreadGroup threads;
    const std::size_t started = threads.start(forwards_.size(), [this] { drive(next_++); });
    if (started < forwards_.size()) {
      fail(std::make_exception_ptr(Error("the system started " + std::to_string(started) + " of " +
                                             std::to_string(forwards_.size()) + " threads",
                                         "streams", "list fewer, or raise the limit: ulimit -u")));
    }
    try {
      watch(elapsed);
    } catch (...) {
      fail(std::current_exception());
    }
    threads.join();
    if (failure_) std::rethrow_exception(failure_);
    return figures();
  }

 private:
  void drive(std::size_t stream) {
    try {
      for (int i = 0; i < options_.warmup_runs && !failed_; ++i) forwards_[stream]();
      if (wait_for_all()) count(stream);
    } catch (...) {
      fail(std::current_exception());
    }
  }

  /// Returns when every stream is here, true, or when one has failed, false.
  bool wait_for_all() {
    std::unique_lock lock(mutex_);
    if (++waiting_ == forwards_.size()) {
      meter_.emplace(options_.root);
      changed_.notify_all();
    }
    changed_.wait(lock, [this] { return failed_ || waiting_ == forwards_.size(); });
    if (failed_) return false;
    // The first one to wake: it begins at once.
    if (!begun_) {
      start_ = StreamClock::now();
      end_ = start_ + std::chrono::duration_cast<StreamClock::duration>(
                          std::chrono::duration<double>(options_.duration_s));
      begun_ = true;
      changed_.notify_all();
    }
    return true;
  }

  void count(std::size_t stream) {
    Counted counted;
    bool is_counted = false;
    while (!failed_ && past_end_ < forwards_.size() + 1) {
      const auto begin = StreamClock::now();
      forwards_[stream]();
      const auto end = StreamClock::now();
      if (is_counted) continue;
      const double seconds = seconds_between(begin, end);
      counted.latencies.push_back(seconds * 1e3);
      if (end < end_) {
        counted.forwards += 1;
        continue;
      }
      if (seconds > 0) {
        counted.forwards += std::clamp(seconds_between(begin, end_) / seconds, 0.0, 1.0);
      }
      is_counted = true;
      ++past_end_;
    }
    counted_[stream] = std::move(counted);
  }

  /// Tells the progress, and reads the meter at the end of the duration.
  void watch(const std::function<void(double)>& elapsed) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return failed_ || begun_; });
    while (!failed_) {
      const auto now = StreamClock::now();
      if (const auto joules = meter_->joules()) {
        // The meter was started with the clock.
        watts_ = *joules / seconds_between(start_, now);
      } else {
        watts_.reset();
      }
      if (now >= end_) {
        ++past_end_;
        return;
      }
      if (elapsed) {
        lock.unlock();
        elapsed(std::min(1.0, seconds_between(start_, now) / options_.duration_s));
        lock.lock();
      }
      changed_.wait_until(lock, std::min(end_, now + kLookEvery),
                          [this] { return failed_.load(); });
    }
  }

  void fail(std::exception_ptr why) {
    const std::scoped_lock lock(mutex_);
    if (!failure_) failure_ = std::move(why);
    failed_ = true;
    changed_.notify_all();
  }

  StreamFigures figures() const {
    std::vector<double> latencies;
    double forwards = 0;
    for (const Counted& one : counted_) {
      latencies.insert(latencies.end(), one.latencies.begin(), one.latencies.end());
      forwards += one.forwards;
    }
    std::ranges::sort(latencies);
    StreamFigures out;
    out.streams = static_cast<std::int64_t>(forwards_.size());
    out.batch_size = options_.batch_size;
    out.nb_forwards = static_cast<std::int64_t>(latencies.size());
    out.samples_per_second =
        forwards * static_cast<double>(options_.batch_size) / options_.duration_s;
    out.latency_mean = mean(latencies);
    out.latency_50 = sorted_quantile(latencies, 0.5);
    out.latency_90 = sorted_quantile(latencies, 0.9);
    out.latency_95 = sorted_quantile(latencies, 0.95);
    out.latency_99 = sorted_quantile(latencies, 0.99);
    if (watts_ && out.samples_per_second > 0) {
      out.joules_per_sample = *watts_ / out.samples_per_second;
    }
    return out;
  }

  const std::vector<std::function<void()>>& forwards_;
  const StreamOptions& options_;
  std::vector<Counted> counted_;
  std::atomic<std::size_t> next_{0};
  /// Streams whose last counted forward has ended, and one more when the meter has been read.
  std::atomic<std::size_t> past_end_{0};
  std::atomic<bool> failed_{false};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t waiting_ = 0;
  bool begun_ = false;
  StreamClock::time_point start_;
  StreamClock::time_point end_;
  std::optional<EnergyMeter> meter_;
  std::optional<double> watts_;
  std::exception_ptr failure_;
};

}  // namespace

StreamFigures time_streams(const std::vector<std::function<void()>>& forwards,
                           const StreamOptions& options,
                           const std::function<void(double share)>& elapsed) {
  if (forwards.empty()) throw Error("there must be at least one stream", "streams");
  check_timing(options.duration_s, options.warmup_runs);
  return Streams(forwards, options).run(elapsed);
}

}  // namespace quantbench::measure
