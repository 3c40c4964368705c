#include "quantbench/measure/streams.h"

#include <gmock/gmock.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <limits>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"

namespace quantbench::measure {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using testing::HasSubstr;

using Forwards = std::vector<std::function<void()>>;

/// With no energy counters.
StreamOptions options(double duration_s, int warmup_runs = 0) {
  return {.duration_s = duration_s, .warmup_runs = warmup_runs, .root = "/nowhere"};
}

void rest() { std::this_thread::sleep_for(milliseconds(1)); }

TEST(TimeStreams, calls_each_stream_on_a_thread_of_its_own) {
  std::mutex mutex;
  std::vector<std::set<std::thread::id>> threads(3);
  std::atomic<std::int64_t> calls = 0;
  Forwards forwards;
  for (std::size_t i = 0; i < threads.size(); ++i) {
    forwards.emplace_back([&, i] {
      ++calls;
      rest();
      const std::scoped_lock lock(mutex);
      threads[i].insert(std::this_thread::get_id());
    });
  }
  const StreamFigures figures = time_streams(forwards, options(0.05, 2));
  std::set<std::thread::id> all;
  for (const auto& of_stream : threads) {
    EXPECT_EQ(of_stream.size(), 1U);
    all.insert(of_stream.begin(), of_stream.end());
  }
  EXPECT_EQ(all.size(), 3U);
  EXPECT_FALSE(all.contains(std::this_thread::get_id()));
  EXPECT_EQ(figures.streams, 3);
  EXPECT_GE(figures.nb_forwards, 3) << "each stream has at least one";
  EXPECT_LE(figures.nb_forwards, calls - 3 * 2) << "warm-up does not count";
}

TEST(TimeStreams, starts_the_clock_when_all_have_done_their_warm_up) {
  constexpr int kWarmup = 3;
  std::atomic<int> warm = 0;
  std::atomic<bool> early = false;
  std::vector<int> calls(4, 0);
  Forwards forwards;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    forwards.emplace_back([&, i] {
      if (++calls[i] > kWarmup) {
        early = early || warm < 4 * kWarmup;
      } else {
        for (std::size_t j = 0; j <= i; ++j) rest();
        ++warm;
      }
    });
  }
  time_streams(forwards, options(0.01, kWarmup));
  EXPECT_FALSE(early);
}

/// A forward that goes on until the other stream begins one after the end of the duration.
TEST(TimeStreams, keeps_the_load_up_until_the_last_counted_forward_has_ended) {
  constexpr milliseconds kDuration(20);
  std::atomic<steady_clock::duration::rep> newest = 0;
  std::atomic<bool> waited_in_vain = false;
  std::atomic<bool> done = false;
  const Forwards forwards = {[&] {
                               newest = steady_clock::now().time_since_epoch().count();
                               rest();
                             },
                             [&] {
                               if (done.exchange(true)) return rest();
                               // It begins after the clock: by then the duration is over.
                               const auto over = steady_clock::now() + 2 * kDuration;
                               const auto give_up = steady_clock::now() + std::chrono::seconds(20);
                               while (newest < over.time_since_epoch().count() && !waited_in_vain) {
                                 waited_in_vain = steady_clock::now() > give_up;
                                 rest();
                               }
                             }};
  const StreamFigures figures = time_streams(forwards, options(0.02));
  EXPECT_FALSE(waited_in_vain) << "the other stream stopped at the end of the duration";
  EXPECT_GT(figures.latency_99, 0);
}

TEST(TimeStreams, counts_the_part_of_a_forward_before_the_end) {
  const Forwards forwards = {[] { std::this_thread::sleep_for(milliseconds(100)); }};
  StreamOptions of_four = options(0.01);
  of_four.batch_size = 4;
  const StreamFigures figures = time_streams(forwards, of_four);
  EXPECT_EQ(figures.nb_forwards, 1);
  EXPECT_EQ(figures.batch_size, 4);
  EXPECT_GE(figures.latency_50, 100);
  EXPECT_LE(figures.samples_per_second, 4 * 1e3 / figures.latency_50 * (1 + 1e-9))
      << "a whole forward in a tenth of its time";
}

TEST(TimeStreams, gives_percentiles_over_all_streams) {
  std::atomic<int> calls = 0;
  const auto forward = [&] {
    ++calls;
    rest();
  };
  const StreamFigures figures = time_streams({forward, forward}, options(0.05));
  EXPECT_LE(figures.latency_50, figures.latency_90);
  EXPECT_LE(figures.latency_90, figures.latency_95);
  EXPECT_LE(figures.latency_95, figures.latency_99);
  EXPECT_GE(figures.latency_50, 1);
  EXPECT_GE(figures.latency_mean, 1);
  EXPECT_LE(figures.samples_per_second, 2 * 1e3) << "two streams, each at most one a millisecond";
  EXPECT_EQ(figures.joules_per_sample, std::nullopt);
}

TEST(TimeStreams, rethrows_a_failure_when_all_streams_have_stopped) {
  std::atomic<int> inside = 0;
  const auto steady = [&] {
    ++inside;
    rest();
    --inside;
  };
  for (const int warmup : {0, 5}) {
    int calls = 0;
    const auto failing = [&] {
      if (++calls == 3) throw std::runtime_error("no more");
      rest();
    };
    try {
      time_streams({steady, failing, steady}, options(60, warmup));
      ADD_FAILURE() << "no exception";
    } catch (const std::runtime_error& error) {
      EXPECT_STREQ(error.what(), "no more");
    }
    EXPECT_EQ(inside, 0);
  }
}

TEST(TimeStreams, stops_where_the_progress_cannot_be_told) {
  EXPECT_THROW(
      time_streams({rest, rest}, options(60), [](double) { throw std::runtime_error("gone"); }),
      std::runtime_error);
}

TEST(TimeStreams, tells_how_far_it_is) {
  std::vector<double> shares;
  time_streams({rest}, options(0.6), [&](double share) { shares.push_back(share); });
  ASSERT_FALSE(shares.empty());
  EXPECT_TRUE(std::is_sorted(shares.begin(), shares.end()));
  EXPECT_GE(shares.front(), 0);
  EXPECT_LE(shares.back(), 1);
}

/// Each forward takes a millijoule from a counter that begins again within the run.
TEST(TimeStreams, measures_the_energy_of_a_sample) {
  const TemporaryDirectory root;
  const auto zone = root.path() / "sys/class/powercap/intel-rapl:0";
  write_text(zone / "name", "package-0\n");
  write_text(zone / "max_energy_range_uj", "10000000\n");
  write_text(zone / "energy_uj", "9990000\n");
  std::uint64_t counter = 9'990'000;
  StreamOptions metered = options(0.3);
  metered.root = root.path();
  const StreamFigures figures =
      time_streams({[&] {
                     rest();
                     counter = (counter + 1000) % 10'000'000;
                     write_text(zone / "energy_uj", std::to_string(counter) + "\n");
                   }},
                   metered);
  ASSERT_TRUE(figures.joules_per_sample.has_value());
  EXPECT_GT(*figures.joules_per_sample, 1e-4);
  EXPECT_LT(*figures.joules_per_sample, 1e-2);
}

TEST(TimeStreams, refuses_options_that_make_no_sense) {
  EXPECT_THROW(time_streams({}, options(1)), Error);
  EXPECT_THROW(time_streams({rest}, options(0)), Error);
  EXPECT_THROW(time_streams({rest}, options(std::numeric_limits<double>::infinity())), Error);
  EXPECT_THROW(time_streams({rest}, options(1, -1)), Error);
}

}  // namespace
}  // namespace quantbench::measure
