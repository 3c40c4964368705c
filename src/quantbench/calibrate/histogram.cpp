#include "quantbench/calibrate/histogram.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/calibrate/cells.h"

namespace quantbench::calibrate {

namespace {

/// Values whose bins are computed before counting: their cells stay in the first-level cache.
constexpr std::size_t kBlock = 2048;
/// In one table, equal neighbours (mostly zeros) would wait for each other's increment.
constexpr std::size_t kTables = 4;
/// Larger tables would not fit the caches, and collide more rarely.
constexpr std::size_t kMostBinsOfManyTables = 8192;
/// Number of values beyond the last bin that are kept. A batch with more is counted again.
constexpr std::size_t kMostBeyond = std::size_t{1} << 14;

/// With this margin the edges decide for every value.
constexpr float kNoMargin = 0.5F;

std::size_t tables_for(std::size_t bins) { return bins > kMostBinsOfManyTables ? 1 : kTables; }

/// One cell per bin, one before for values that the edges decide, and one after for magnitudes on
/// the last edge.
std::size_t cells_for(std::size_t bins) { return bins + 2; }

/// numpy's floor_divide of float32.
float floor_divide(float a, float b) {
  if (b == 0) return a / b;
  float remainder = std::fmod(a, b);
  float quotient = (a - remainder) / b;
  if (remainder != 0 && (b < 0) != (remainder < 0)) quotient -= 1.0F;
  if (quotient == 0) return std::copysign(0.0F, a / b);
  float whole = std::floor(quotient);
  if (quotient - whole > 0.5F) whole += 1.0F;
  return whole;
}

/// numpy.arange(start, stop, step) of float32 scalars, which counts in float32 and fills in
/// float64.
std::vector<double> arange(float start, float stop, float step) {
  const double length = std::ceil(static_cast<double>((stop - start) / step));
  std::vector<double> values;
  if (!(length > 0)) return values;
  values.resize(static_cast<std::size_t>(std::min(length, 2.0 * Histogram::kMostBins)));
  const double delta = static_cast<double>(start + step) - start;
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = start + static_cast<double>(i) * delta;
  return values;
}

/// The smallest float32 that is at least `x`.
float round_up(double x) {
  const auto nearest = static_cast<float>(x);
  return nearest < x ? std::nextafter(nearest, std::numeric_limits<float>::infinity()) : nearest;
}

/// The largest float32 that is at most `x`.
float round_down(double x) {
  const auto nearest = static_cast<float>(x);
  return nearest > x ? std::nextafter(nearest, -std::numeric_limits<float>::infinity()) : nearest;
}

}  // namespace

std::vector<float> linspace(float first, float last, std::size_t bins) {
  std::vector<float> edges(bins + 1);
  const float delta = last - first;
  const auto divisions = static_cast<float>(bins);
  const float step = delta / divisions;
  for (std::size_t i = 0; i <= bins; ++i) {
    const auto index = static_cast<float>(i);
    edges[i] = step == 0 ? index / divisions * delta : index * step;
  }
  for (float& edge : edges) edge += first;
  edges[bins] = last;
  return edges;
}

bool Histogram::covers(const Extent& batch) const {
  if (batch.empty()) return true;
  if (!started()) return false;
  return batch.magnitude() <= (spec_.of == HistogramSpec::Of::kValue ? threshold_ : edges_.back());
}

bool Histogram::widen(const Extent& batch) {
  if (covers(batch)) return true;
  bool kept = false;
  // Beyond this, the width of [-t, t] or the next edge overflows. Such values (masks of -3.4e38)
  // are outside the bins. Magnitudes present from the start have room.
  const bool roomy = !started() && spec_.of == HistogramSpec::Of::kMagnitude;
  constexpr float kGreatest = std::numeric_limits<float>::max();
  const float magnitude = std::min(batch.magnitude(), roomy ? kGreatest : kGreatest / 4);
  if (!started()) {
    if (spec_.bins == 0) throw Error("a histogram needs at least one bin");
    if (spec_.of == HistogramSpec::Of::kValue) {
      if (spec_.bins % 2 != 0) throw Error("a histogram of values needs an even number of bins");
      threshold_ = magnitude;
      start(-magnitude, magnitude);
    } else {
      start(std::min(batch.least_magnitude, magnitude), magnitude);
    }
  } else if (spec_.of == HistogramSpec::Of::kValue) {
    widen_values(magnitude);
  } else {
    const int coarsenings = coarsenings_;
    widen_magnitudes(magnitude);
    kept = coarsenings == coarsenings_;
  }
  edges_changed();
  return kept;
}

void Histogram::start(float first, float last) {
  counts_.assign(spec_.bins, 0);
  if (first < last) set_uniform_edges(first, last, spec_.bins);
  // One value, or a range that float32 cannot divide into this many bins (numpy refuses it).
  if (first == last ||
      std::adjacent_find(edges_.begin(), edges_.end(), std::greater_equal<>()) != edges_.end()) {
    set_uniform_edges(first - 0.5F, last + 0.5F, spec_.bins);
  }
}

void Histogram::set_uniform_edges(float first, float last, std::size_t bins) {
  edges_ = linspace(first, last, bins);
  uniform_ = bins;
}

void Histogram::widen_magnitudes(float greatest) {
  while (greatest > edges_.back()) {
    const float width = edges_[1] - edges_[0];
    const float from = edges_.back() + width;
    const double more = (static_cast<double>(greatest) - edges_.back()) / width;
    if (static_cast<double>(counts_.size()) + more > static_cast<double>(kMostBins)) {
      coarsen();
      continue;
    }
    const std::vector<double> added = arange(from, greatest + width, width);
    if (added.empty()) break;
    // This batch is compared with float64 edges. For a float32 this equals comparing with the edges
    // rounded up (the closed end: down). Later batches use the edges rounded to nearest.
    later_edges_ = edges_;
    for (const double edge : added) {
      edges_.push_back(round_up(edge));
      later_edges_.push_back(static_cast<float>(edge));
    }
    edges_.back() = round_down(added.back());
    break;
  }
  counts_.resize(edges_.size() - 1);
}

void Histogram::widen_values(float threshold) {
  if (threshold_ == 0) {
    // Only zeros so far. They were counted over [-0.5, 0.5] and keep the index of their bin.
    threshold_ = threshold;
    set_uniform_edges(-threshold, threshold, counts_.size());
    return;
  }
  float half;
  float stride;
  while (true) {
    stride = 2.0F * threshold_ / static_cast<float>(counts_.size());
    half = floor_divide(threshold - threshold_, stride) + 1.0F;
    if (static_cast<double>(counts_.size()) + 2.0 * half <= static_cast<double>(kMostBins)) break;
    coarsen();
  }
  const auto added = static_cast<std::size_t>(half);
  const float grown = half * stride;
  threshold_ = grown + threshold_;
  counts_.insert(counts_.begin(), added, 0);
  counts_.resize(counts_.size() + added);
  set_uniform_edges(-threshold_, threshold_, counts_.size());
}

void Histogram::coarsen() {
  const float width = edges_[1] - edges_[0];
  const bool values = spec_.of == HistogramSpec::Of::kValue;
  // Adds empty bins, so all bins pair and zero stays on an edge of a histogram of values.
  if (values && counts_.size() % 4 != 0) {
    counts_.insert(counts_.begin(), 0);
    edges_.insert(edges_.begin(), edges_.front() - width);
  }
  if (counts_.size() % 2 != 0) {
    counts_.push_back(0);
    edges_.push_back(edges_.back() + width);
  }
  for (std::size_t i = 0; i < counts_.size() / 2; ++i) {
    counts_[i] = counts_[2 * i] + counts_[2 * i + 1];
    edges_[i + 1] = edges_[2 * i + 2];
  }
  counts_.resize(counts_.size() / 2);
  edges_.resize(counts_.size() + 1);
  if (values) threshold_ = edges_.back();
  uniform_ = counts_.size();
  ++coarsenings_;
}

Histogram::Line Histogram::line_over(std::size_t bins) const {
  const double first = edges_.front();
  const double width = (static_cast<double>(edges_[bins]) - first) / static_cast<double>(bins);
  Line line{bins, static_cast<float>(1.0 / width), 0};
  // Distance of an edge from the line, in bins, plus the float32 rounding error of a value's place
  // (a subtraction, a multiplication, and the rounding of the scale).
  double off = 0;
  for (std::size_t i = 0; i <= bins; ++i) {
    const double place = (edges_[i] - first) * static_cast<double>(line.scale);
    off = std::max(off, std::fabs(place - static_cast<double>(i)));
  }
  line.margin = static_cast<float>(off + 4.0 * static_cast<double>(bins) * 0x1p-24);
  // A place must fit an integer, even for zero when magnitudes begin above it.
  if (!(line.margin < kNoMargin) || !(std::fabs(edges_.front()) * line.scale < 0x1p30F)) {
    line.margin = kNoMargin;
  }
  return line;
}

double Histogram::left_by(const Line& line) const {
  const auto behind = std::accumulate(counts_.begin() + static_cast<std::ptrdiff_t>(line.bins),
                                      counts_.end(), std::int64_t{0});
  const auto all = static_cast<double>(std::max<std::int64_t>(1, total()));
  return 2.0 * line.margin + static_cast<double>(behind) / all;
}

void Histogram::edges_changed() {
  line_ = line_over(counts_.size());
  if (uniform_ == counts_.size()) return;
  const Line part = line_over(uniform_);
  if (left_by(part) < left_by(line_)) line_ = part;
}

std::size_t Histogram::locate(float x) const {
  const std::size_t bins = counts_.size();
  if (!(x >= edges_.front() && x <= edges_.back())) return bins;
  const float place = (x - edges_.front()) * line_.scale;
  auto bin = place > 0 ? std::min(static_cast<std::size_t>(place), bins - 1) : 0;
  while (bin > 0 && x < edges_[bin]) --bin;
  while (bin + 1 < bins && x >= edges_[bin + 1]) ++bin;
  return bin;
}

void Histogram::begin(Tally& tally) const {
  const std::size_t bins = counts_.size();
  tally.cells.assign(tables_for(bins) * cells_for(bins), 0);
  tally.bins = bins;
  tally.last = started() ? edges_.back() : 0;
  tally.at_last = 0;
  tally.beyond.clear();
  tally.complete = true;
}

void Histogram::decide(float value, std::uint32_t times, Tally& tally) const {
  const bool magnitude = spec_.of == HistogramSpec::Of::kMagnitude;
  const float x = magnitude ? std::fabs(value) : value;
  if (magnitude && x == tally.last) {
    tally.at_last += times;
    return;
  }
  const std::size_t bin = locate(x);
  if (bin < tally.bins) {
    tally.cells[bin + 1] += times;
  } else if (std::isfinite(x) && (!magnitude || x > tally.last)) {
    tally.complete = tally.complete && magnitude && tally.beyond.size() + times <= kMostBeyond;
    if (tally.complete) tally.beyond.insert(tally.beyond.end(), times, x);
  }
}

void Histogram::count(std::span<const float> values, Tally& tally) const {
  if (!started()) return;
  const bool magnitude = spec_.of == HistogramSpec::Of::kMagnitude;
  std::size_t done = 0;
  if (line_.margin < kNoMargin) {
    const std::size_t zero = locate(0.0F);
    const BinLine line{edges_.front(),
                       edges_[line_.bins],
                       line_.scale,
                       line_.margin,
                       edges_.back(),
                       static_cast<std::int32_t>(zero < tally.bins ? zero + 1 : 0),
                       static_cast<std::int32_t>(tally.bins + 1)};
    const auto find_cells = magnitude ? find_cells_of_magnitudes : find_cells_of_values;
    std::uint32_t* tables[kTables];
    const bool one_table = tables_for(tally.bins) == 1;
    for (std::size_t t = 0; t < kTables; ++t) {
      tables[t] = tally.cells.data() + (one_table ? 0 : t * cells_for(tally.bins));
    }
    std::int32_t cells[kBlock];
    std::int32_t kinds[kBlock / kGroup];
    while (values.size() - done >= kGroup) {
      const float* block = values.data() + done;
      const std::size_t groups = std::min(values.size() - done, kBlock) / kGroup;
      find_cells(block, groups, line, cells, kinds);
      for (std::size_t group = 0; group < groups; ++group) {
        const std::size_t begin = group * kGroup;
        if (kinds[group] == kEqual) {
          if (cells[begin] != 0) {
            tables[0][cells[begin]] += kGroup;
          } else {
            decide(block[begin], kGroup, tally);
          }
          continue;
        }
        for (std::size_t i = begin; i < begin + kGroup; i += kTables) {
          for (std::size_t t = 0; t < kTables; ++t) ++tables[t][cells[i + t]];
        }
        if (kinds[group] != kUnsure) continue;
        for (std::size_t i = begin; i < begin + kGroup; ++i) {
          if (cells[i] == 0) decide(block[i], 1, tally);
        }
      }
      done += groups * kGroup;
    }
    for (std::size_t t = 0; t < tables_for(tally.bins); ++t) {
      tally.at_last += std::exchange(tables[t][tally.bins + 1], 0);
    }
  }
  for (; done < values.size(); ++done) decide(values[done], 1, tally);
}

void Histogram::add(const Tally& tally) {
  for (std::size_t t = 0; t < tables_for(tally.bins); ++t) {
    const std::uint32_t* cells = tally.cells.data() + t * cells_for(tally.bins) + 1;
    for (std::size_t bin = 0; bin < tally.bins; ++bin) counts_[bin] += cells[bin];
  }
  const auto add_located = [&](float x, std::uint64_t times) {
    const std::size_t bin = locate(x);
    if (bin < counts_.size()) counts_[bin] += static_cast<std::int64_t>(times);
  };
  if (tally.at_last > 0) add_located(tally.last, tally.at_last);
  for (const float x : tally.beyond) add_located(x, 1);
}

void Histogram::settle() {
  if (later_edges_.empty()) return;
  edges_ = std::move(later_edges_);
  later_edges_.clear();
  edges_changed();
}

std::int64_t Histogram::total() const {
  return std::accumulate(counts_.begin(), counts_.end(), std::int64_t{0});
}

}  // namespace quantbench::calibrate
