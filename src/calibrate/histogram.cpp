#include "quantbench/calibrate/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/base/simd.h"

namespace quantbench::calibrate {

namespace {

/// Values whose bins are computed before they are counted: the cells stay in the first-level cache.
constexpr std::size_t kBlock = 2048;
constexpr std::size_t kGroup = 32;
/// Equal neighbours (zeros, above all) would wait for each other's increment in one table.
constexpr std::size_t kTables = 4;

struct Line {
  float first;
  float last;
  float scale;
  float margin;
  float last_bin;
  std::int32_t zero_bin;
};

/// What find_cells says of a group.
enum GroupKind : std::int32_t {
  kMixed = 0,
  kUnsure = 1,  ///< the edges have to decide on some of its values
  kEqual = 2    ///< one value all over: padding, above all
};

/// cells[i] = 1 + bin of values[i], 1 + bins where it lies outside all bins, or 0 where the edges
/// have to decide; kinds[g] is the kind of group g. `groups` groups of kGroup values.
template <bool kMagnitude>
[[gnu::always_inline]] inline void find_cells_of(const float* values, std::size_t groups,
                                                 const Line& line, std::int32_t* cells,
                                                 std::int32_t* kinds) {
  const float first = line.first;
  const float last = line.last;
  const float scale = line.scale;
  const float low = line.margin;
  const float high = 1.0F - line.margin;
  const float bins = line.last_bin;
  const std::int32_t zero_cell = line.zero_bin + 1;
  const auto last_cell = static_cast<std::int32_t>(line.last_bin);
  for (std::size_t group = 0; group < groups; ++group, values += kGroup, cells += kGroup) {
    std::int32_t any = 0;
    std::int32_t differs = 0;
    const auto one = std::bit_cast<std::int32_t>(values[0]);
    for (std::size_t i = 0; i < kGroup; ++i) {
      const float x = kMagnitude ? std::fabs(values[i]) : values[i];
      float place = (x - first) * scale;
      place = place > 0.0F ? place : 0.0F;  // NaN too
      place = place < bins ? place : bins;
      const auto bin = static_cast<std::int32_t>(place);
      const float fraction = place - static_cast<float>(bin);
      // Nothing lies below the first bin but what lies outside.
      const std::int32_t above_edge =
          static_cast<std::int32_t>(fraction > low) |
          (static_cast<std::int32_t>(bin == 0) & static_cast<std::int32_t>(x >= first));
      const std::int32_t sure = above_edge & static_cast<std::int32_t>(fraction < high);
      // Zeros (padding, ReLU, underflown softmax) lie on an edge as a rule and are many; so are
      // repeats of the least and of the greatest value (the mask's -10000), and what lies outside
      // (the mask's -3.4e38).
      const std::int32_t zero = static_cast<std::int32_t>(x == 0.0F);
      const std::int32_t least = static_cast<std::int32_t>(x == first);
      const std::int32_t most = static_cast<std::int32_t>(x == last);
      const std::int32_t outside =
          static_cast<std::int32_t>(x < first) | static_cast<std::int32_t>(x > last);
      std::int32_t cell = sure != 0 ? bin + 1 : 0;
      cell = least != 0 ? 1 : cell;
      cell = most != 0 ? last_cell : cell;
      cell = zero != 0 ? zero_cell : cell;
      cell = outside != 0 ? last_cell + 1 : cell;
      any |= static_cast<std::int32_t>(cell == 0);
      differs |= std::bit_cast<std::int32_t>(values[i]) ^ one;
      cells[i] = cell;
    }
    kinds[group] = any != 0 ? kUnsure : differs == 0 ? kEqual : kMixed;
  }
}

QUANTBENCH_VECTORIZED
void find_cells_of_magnitudes(const float* values, std::size_t groups, const Line& line,
                              std::int32_t* cells, std::int32_t* kinds) {
  find_cells_of<true>(values, groups, line, cells, kinds);
}

QUANTBENCH_VECTORIZED
void find_cells_of_values(const float* values, std::size_t groups, const Line& line,
                          std::int32_t* cells, std::int32_t* kinds) {
  find_cells_of<false>(values, groups, line, cells, kinds);
}

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

/// The least float32 not below `x`.
float round_up(double x) {
  const auto nearest = static_cast<float>(x);
  return nearest < x ? std::nextafter(nearest, std::numeric_limits<float>::infinity()) : nearest;
}

/// The greatest float32 not above `x`.
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

void Histogram::widen(const Extent& batch) {
  if (covers(batch)) return;
  // Beyond this the width of [-t, t] overflows, or the next edge; such values (masks of -3.4e38)
  // fall off the end. Magnitudes that are there from the start have room.
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
    widen_magnitudes(magnitude);
  }
  edges_changed();
}

void Histogram::start(float first, float last) {
  counts_.assign(spec_.bins, 0);
  if (first < last) set_uniform_edges(first, last, spec_.bins);
  // One value, or a range that float32 cannot divide into that many bins (numpy refuses those).
  if (first == last ||
      std::adjacent_find(edges_.begin(), edges_.end(), std::greater_equal<>()) != edges_.end()) {
    set_uniform_edges(first - 0.5F, last + 0.5F, spec_.bins);
  }
}

void Histogram::set_uniform_edges(float first, float last, std::size_t bins) {
  edges_ = linspace(first, last, bins);
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
    // This batch is compared with the float64 edges: for a float32 that is the same as comparing
    // with them rounded up (down, for the closed end). Later batches see them rounded to nearest.
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
    // Only zeros so far: they were counted over [-0.5, 0.5] and keep their bin's index.
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
  // Empty bins more, so that all pair, and zero stays on an edge of a histogram of values.
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
  ++coarsenings_;
}

void Histogram::edges_changed() {
  const std::size_t bins = counts_.size();
  const double first = edges_.front();
  const double width = (static_cast<double>(edges_.back()) - first) / static_cast<double>(bins);
  scale_ = static_cast<float>(1.0 / width);
  // How far an edge lies off the line, in bins, plus what float32 rounding of the place of a value
  // can add (a subtraction and a multiplication, and the rounding of scale_).
  double off = 0;
  for (std::size_t i = 0; i <= bins; ++i) {
    off = std::max(
        off, std::fabs((edges_[i] - first) * static_cast<double>(scale_) - static_cast<double>(i)));
  }
  margin_ = static_cast<float>(off + 4.0 * static_cast<double>(bins) * 0x1p-24);
  if (!(margin_ < 0.5F)) margin_ = 0.5F;  // every value is decided by the edges
  const std::size_t zero = locate(0.0F);
  zero_bin_ = zero < bins ? static_cast<std::int32_t>(zero) : -1;
}

std::size_t Histogram::locate(float x) const {
  const std::size_t bins = counts_.size();
  if (!(x >= edges_.front() && x <= edges_.back())) return bins;
  const float place = (x - edges_.front()) * scale_;
  auto bin = place > 0 ? std::min(static_cast<std::size_t>(place), bins - 1) : 0;
  while (bin > 0 && x < edges_[bin]) --bin;
  while (bin + 1 < bins && x >= edges_[bin + 1]) ++bin;
  return bin;
}

// A cell for each bin, one before them for what is decided apart, one behind for what lies outside.
std::size_t Histogram::table_size() const { return kTables * (counts_.size() + 2); }

void Histogram::count(std::span<const float> values, std::span<std::uint32_t> table) const {
  if (!started()) return;
  const std::size_t cells_per_table = counts_.size() + 2;
  std::uint32_t* tables[kTables];
  for (std::size_t i = 0; i < kTables; ++i) tables[i] = table.data() + i * cells_per_table;
  const bool magnitude = spec_.of == HistogramSpec::Of::kMagnitude;
  const Line line{
      edges_.front(), edges_.back(), scale_, margin_, static_cast<float>(counts_.size()),
      zero_bin_};
  const auto decide = [&](float x) {
    const std::size_t bin = locate(magnitude ? std::fabs(x) : x);
    if (bin < counts_.size()) ++tables[0][bin + 1];
  };

  std::int32_t cells[kBlock];
  std::int32_t kinds[kBlock / kGroup];
  std::size_t done = 0;
  while (values.size() - done >= kGroup) {
    const float* block = values.data() + done;
    const std::size_t groups = std::min(values.size() - done, kBlock) / kGroup;
    (magnitude ? find_cells_of_magnitudes : find_cells_of_values)(block, groups, line, cells,
                                                                  kinds);
    for (std::size_t group = 0; group < groups; ++group) {
      const std::size_t begin = group * kGroup;
      if (kinds[group] == kEqual) {
        tables[0][cells[begin]] += kGroup;
        continue;
      }
      for (std::size_t i = begin; i < begin + kGroup; i += kTables) {
        for (std::size_t t = 0; t < kTables; ++t) ++tables[t][cells[i + t]];
      }
      if (kinds[group] != kUnsure) continue;
      for (std::size_t i = begin; i < begin + kGroup; ++i) {
        if (cells[i] == 0) decide(block[i]);
      }
    }
    done += groups * kGroup;
  }
  for (; done < values.size(); ++done) decide(values[done]);
}

void Histogram::add(std::span<const std::uint32_t> table) {
  const std::size_t cells_per_table = counts_.size() + 2;
  for (std::size_t t = 0; t < kTables; ++t) {
    const std::uint32_t* cells = table.data() + t * cells_per_table + 1;  // cell 0: decided apart
    for (std::size_t bin = 0; bin < counts_.size(); ++bin) counts_[bin] += cells[bin];
  }
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
