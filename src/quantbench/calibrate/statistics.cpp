#include "quantbench/calibrate/statistics.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <utility>

#include "quantbench/base/error.h"

namespace quantbench::calibrate {

namespace {

std::unique_lock<std::mutex> hold(std::mutex* shared) {
  return shared == nullptr ? std::unique_lock<std::mutex>() : std::unique_lock(*shared);
}

template <typename T>
void add_new(std::vector<T>& to, const std::vector<T>& from) {
  for (const T& item : from) {
    if (std::find(to.begin(), to.end(), item) == to.end()) to.push_back(item);
  }
}

}  // namespace

void Needs::merge(const Needs& other) {
  add_new(histograms, other.histograms);
  add_new(averaging_constants, other.averaging_constants);
}

Workspace::Workspace(std::size_t threads, ParallelFor parallel_for)
    : slots_(std::max<std::size_t>(1, threads)), parallel_for_(std::move(parallel_for)) {}

TensorStatistics::TensorStatistics(const Needs& needs, Collection collection)
    : collection_(collection) {
  for (const HistogramSpec& spec : needs.histograms) histograms_.emplace_back(spec);
  for (const double constant : needs.averaging_constants) averages_.push_back({constant, {}});
}

Extent TensorStatistics::gather(const Selection& batch, bool extent,
                                std::span<const std::size_t> counted, Workspace& workspace) const {
  const std::size_t chunks = batch.chunks();
  const std::size_t threads = std::min(chunks, workspace.slots_.size());
  std::atomic<std::size_t> next{0};
  const auto work = [&](std::size_t index) {
    Workspace::Slot& slot = workspace.slots_[index];
    slot.extent = {};
    slot.tallies.resize(std::max(slot.tallies.size(), histograms_.size()));
    for (const std::size_t h : counted) histograms_[h].begin(slot.tallies[h]);
    if (extent) slot.energies.assign(batch.tokens(), {});
    for (std::size_t chunk = next++; chunk < chunks; chunk = next++) {
      const std::span<const float> values = batch.chunk(chunk, slot.scratch);
      if (extent) {
        slot.extent.merge(extent_of(values));
        batch.add_energies(chunk, slot.energies);
      }
      for (const std::size_t h : counted) histograms_[h].count(values, slot.tallies[h]);
    }
  };
  // Slots without work must not keep an earlier tensor's counts.
  for (Workspace::Slot& slot : workspace.slots_) {
    slot.extent = {};
    slot.energies.clear();
    for (Tally& tally : slot.tallies) tally.cells.clear();
  }
  if (threads > 1 && workspace.parallel_for_) {
    workspace.parallel_for_(threads, work);
  } else if (threads > 0) {
    work(0);
  }
  Extent whole;
  for (const Workspace::Slot& slot : workspace.slots_) whole.merge(slot.extent);
  return whole;
}

void TensorStatistics::merge_tallies(std::span<const std::size_t> counted, Workspace& workspace) {
  for (const std::size_t h : counted) {
    for (const Workspace::Slot& slot : workspace.slots_) {
      if (h >= slot.tallies.size() || slot.tallies[h].cells.empty()) continue;
      histograms_[h].add(slot.tallies[h]);
    }
    histograms_[h].settle();
  }
}

void TensorStatistics::add(const Selection& batch, Workspace& workspace, std::mutex* shared) {
  if (collection_ == Collection::kAllAtOnce || histograms_.empty()) {
    const Extent extent = gather(batch, true, {}, workspace);
    const auto held = hold(shared);
    record(extent);
    record_tokens(batch, workspace);
    return;
  }
  const auto held = hold(shared);
  // Counts with the current bins while the chunk is in the cache. A batch beyond the current range
  // is counted again only if the bins move.
  std::vector<std::size_t> hopeful;
  for (std::size_t h = 0; h < histograms_.size(); ++h) {
    if (histograms_[h].started()) hopeful.push_back(h);
  }
  const Extent extent = gather(batch, true, hopeful, workspace);
  record(extent);
  record_tokens(batch, workspace);
  if (extent.empty()) return;
  std::vector<std::size_t> counted;
  std::vector<std::size_t> again;
  for (std::size_t h = 0; h < histograms_.size(); ++h) {
    const bool whole = std::all_of(
        workspace.slots_.begin(), workspace.slots_.end(), [&](const Workspace::Slot& slot) {
          return h >= slot.tallies.size() || slot.tallies[h].cells.empty() ||
                 slot.tallies[h].complete;
        });
    const bool covered = histograms_[h].covers(extent);
    const bool kept = histograms_[h].widen(extent);
    (covered || (kept && whole) ? counted : again).push_back(h);
  }
  merge_tallies(counted, workspace);
  if (again.empty()) return;
  gather(batch, false, again, workspace);
  merge_tallies(again, workspace);
}

void TensorStatistics::add_again(const Selection& batch, Workspace& workspace, std::mutex* shared) {
  if (empty()) return;
  std::vector<std::size_t> all(histograms_.size());
  auto held = hold(shared);
  for (std::size_t h = 0; h < all.size(); ++h) {
    all[h] = h;
    if (!histograms_[h].started()) histograms_[h].widen(extent_);
  }
  // The bins no longer move. Only their counts change, and counting does not read them.
  if (held) held.unlock();
  gather(batch, false, all, workspace);
  if (shared != nullptr) held.lock();
  merge_tallies(all, workspace);
}

void TensorStatistics::record(const Extent& batch) {
  extent_.merge(batch);
  if (batch.empty()) return;
  for (Average& average : averages_) {
    if (batches_ == 0) {
      average.range = {batch.low, batch.high};
      continue;
    }
    const auto constant = static_cast<float>(average.constant);
    average.range.low += constant * (batch.low - average.range.low);
    average.range.high += constant * (batch.high - average.range.high);
  }
  sum_of_lows_ += batch.low;
  sum_of_highs_ += batch.high;
  ++batches_;
}

void TensorStatistics::record_tokens(const Selection& batch, Workspace& workspace) {
  for (std::size_t token = 0; token < batch.tokens(); ++token) {
    Selection::Energy whole;
    for (const Workspace::Slot& slot : workspace.slots_) {
      if (slot.energies.empty()) continue;
      whole.sum += slot.energies[token].sum;
      whole.count += slot.energies[token].count;
    }
    if (whole.sum <= 0) continue;
    sum_of_levels_db_ += 10 * std::log10(whole.sum / static_cast<double>(whole.count));
    ++tokens_;
  }
}

std::optional<double> TensorStatistics::token_level_db() const {
  if (tokens_ == 0) return std::nullopt;
  return sum_of_levels_db_ / static_cast<double>(tokens_);
}

int TensorStatistics::coarsenings() const {
  int most = 0;
  for (const Histogram& histogram : histograms_) most = std::max(most, histogram.coarsenings());
  return most;
}

const Histogram& TensorStatistics::histogram(const HistogramSpec& spec) const {
  for (const Histogram& histogram : histograms_) {
    if (histogram.spec() == spec) return histogram;
  }
  throw Error("the histogram this method needs was not collected");
}

quantize::Range TensorStatistics::average(double constant) const {
  if (collection_ == Collection::kAllAtOnce) {
    const auto batches = static_cast<double>(std::max<std::uint64_t>(1, batches_));
    return {static_cast<float>(sum_of_lows_ / batches),
            static_cast<float>(sum_of_highs_ / batches)};
  }
  for (const Average& average : averages_) {
    if (average.constant == constant) return average.range;
  }
  throw Error("the moving average this method needs was not collected");
}

std::optional<double> TensorStatistics::clipped(const quantize::Range& range) const {
  if (empty() || (range.low <= extent_.low && range.high >= extent_.high)) return 0.0;
  const Histogram* best = nullptr;
  for (const Histogram& histogram : histograms_) {
    // A histogram with signs is better, then one with more bins.
    const auto rank = [](const Histogram& h) {
      return std::pair(h.spec().of == HistogramSpec::Of::kValue, h.counts().size());
    };
    if (best == nullptr || rank(histogram) > rank(*best)) best = &histogram;
  }
  if (best == nullptr || !best->started()) return std::nullopt;
  const bool values = best->spec().of == HistogramSpec::Of::kValue;
  const float high = values ? range.high : std::max(range.high, -range.low);
  std::int64_t outside = 0;
  for (std::size_t bin = 0; bin < best->counts().size(); ++bin) {
    if (best->edges()[bin] >= high || (values && best->edges()[bin + 1] <= range.low)) {
      outside += best->counts()[bin];
    }
  }
  return static_cast<double>(outside) /
         static_cast<double>(std::max<std::int64_t>(1, best->total()));
}

}  // namespace quantbench::calibrate
