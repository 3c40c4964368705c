#include "quantbench/task/first_look.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>

#include "quantbench/base/error.h"
#include "quantbench/base/parallel.h"

namespace quantbench::task {

namespace {

/// Rows that a thread reads at once: images are large.
constexpr std::size_t kAtOnce = 16;

}  // namespace

void Unusable::add(std::size_t row, const UnusableSample& error) {
  if (count++ > 0 && row > first_row) return;
  first_row = row;
  first = error.what();
}

std::string remark_on(const Unusable& unusable, std::size_t samples, bool have_predictions) {
  if (unusable.count == 0) return {};
  const bool one = unusable.count == 1;
  return fmt::format("{} of {} samples cannot be used and {}{}: {}", unusable.count, samples,
                     have_predictions ? (one ? "counts as unanswered" : "count as unanswered")
                                      : (one ? "is left out" : "are left out"),
                     one ? "" : "; the first", unusable.first);
}

void add_place(Error& error, const std::string& place) {
  if (error.where() != place) error.add_context(place);
}

namespace {

/// Checks every sample. Files are read in order, by one thread at a time.
Unusable unusable_samples(const Processor& processor, const dataset::Split& split) {
  Unusable unusable;
  std::mutex mutex;
  std::size_t next = 0;
  const std::size_t threads = usable_cores();
  parallel_for(threads, threads, [&](std::size_t) {
    while (true) {
      std::unique_lock lock(mutex);
      const std::size_t start = next;
      const std::size_t count = std::min(kAtOnce, split.size() - start);
      if (count == 0) return;
      next += count;
      const auto rows = split.read(start, count);
      lock.unlock();
      for (std::size_t i = 0; i < count; ++i) {
        try {
          processor.check(rows[i]);
        } catch (UnusableSample& error) {
          add_place(error, split.place(start + i));
          lock.lock();
          unusable.add(start + i, error);
          lock.unlock();
        } catch (Error& error) {
          add_place(error, split.place(start + i));
          throw;
        }
      }
    }
  });
  return unusable;
}

}  // namespace

std::vector<std::string> look_at_samples(const Processor& processor, const dataset::Split& split,
                                         bool strict) {
  const Unusable unusable =
      processor.needs_check() ? unusable_samples(processor, split) : Unusable();
  std::vector<std::string> remarks = processor.remarks();
  if (unusable.count == 0) return remarks;
  if (strict) {
    throw Error(fmt::format("{} of {} samples cannot be used; the first: {}", unusable.count,
                            split.size(), unusable.first),
                {}, "without --strict, the others are evaluated");
  }
  if (unusable.count == split.size()) {
    throw Error("no sample can be used; the first: " + unusable.first);
  }
  const bool have_predictions =
      processor.prediction_if_unusable(split.row(unusable.first_row)).has_value();
  remarks.push_back(remark_on(unusable, split.size(), have_predictions));
  return remarks;
}

}  // namespace quantbench::task
