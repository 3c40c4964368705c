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

std::vector<std::string> look_at_samples(const Processor& processor, const dataset::Split& split,
                                         bool strict) {
  Unusable unusable;
  std::mutex mutex;
  const std::size_t pieces = (split.size() + kAtOnce - 1) / kAtOnce;
  parallel_for(pieces, usable_cores(), [&](std::size_t piece) {
    const std::size_t start = piece * kAtOnce;
    const auto rows = split.read(start, std::min(kAtOnce, split.size() - start));
    for (std::size_t i = 0; i < rows.size(); ++i) {
      try {
        processor.check(rows[i]);
      } catch (UnusableSample& error) {
        add_place(error, split.place(start + i));
        const std::scoped_lock lock(mutex);
        unusable.add(start + i, error);
      } catch (Error& error) {
        add_place(error, split.place(start + i));
        throw;
      }
    }
  });
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
