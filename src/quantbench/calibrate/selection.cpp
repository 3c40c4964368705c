#include "quantbench/calibrate/selection.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "quantbench/base/error.h"

namespace quantbench::calibrate {

namespace {

constexpr std::size_t kChunk = std::size_t{1} << 16;

/// In float over short stretches, so the loop vectorizes. Values that are not finite are ignored.
double sum_of_squares(std::span<const float> values) {
  constexpr std::size_t kStretch = 64;
  double sum = 0;
  for (std::size_t begin = 0; begin < values.size(); begin += kStretch) {
    float part = 0;
    const std::size_t end = std::min(values.size(), begin + kStretch);
    for (std::size_t i = begin; i < end; ++i) part += values[i] * values[i];
    if (std::isfinite(part)) sum += part;
  }
  return sum;
}

}  // namespace

TokenMask::TokenMask(std::span<const std::int64_t> attention_mask, std::size_t batch,
                     std::size_t sequence)
    : sequence_(sequence), real_((batch + 1) * sequence, 0), runs_(batch + 1) {
  if (attention_mask.size() != batch * sequence) {
    throw Error("an attention_mask of " + std::to_string(attention_mask.size()) +
                " elements does not fit a batch of " + std::to_string(batch) + " x " +
                std::to_string(sequence));
  }
  for (std::size_t i = 0; i < attention_mask.size(); ++i) {
    if (attention_mask[i] == 0) {
      all_real_ = false;
    } else {
      real_[i] = real_[batch * sequence + i % sequence] = 1;
    }
  }
  for (std::size_t sample = 0; sample <= batch; ++sample) {
    std::size_t position = 0;
    while (position < sequence) {
      while (position < sequence && !real(sample, position)) ++position;
      const std::size_t begin = position;
      while (position < sequence && real(sample, position)) ++position;
      if (position > begin) runs_[sample].push_back({begin, position});
    }
  }
}

Selection::Selection(std::span<const float> values, std::span<const std::int64_t> shape,
                     const TokenAxes& axes, const TokenMask& mask)
    : values_(values) {
  if (!axes.maskable()) return;
  const auto expect = [&](int axis, std::size_t size) {
    if (axis < 0 || static_cast<std::size_t>(axis) >= shape.size() ||
        shape[static_cast<std::size_t>(axis)] != static_cast<std::int64_t>(size)) {
      throw Error("axis " + std::to_string(axis) + " of the tensor does not have the mask's size " +
                  std::to_string(size));
    }
  };
  if (axes.batch >= 0) expect(axes.batch, mask.batch());
  for (const int axis : axes.sequence) expect(axis, mask.sequence());
  const int last = *std::max_element(axes.sequence.begin(), axes.sequence.end());
  if (axes.batch > last) throw Error("the batch axis lies after every sequence axis");

  mask_ = &mask;
  batch_axis_ = axes.batch;
  for (const int axis : axes.sequence) {
    if (axis != last) lead_sequence_axes_.push_back(axis);
  }
  rows_ = 1;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    const auto size = static_cast<std::size_t>(shape[axis]);
    if (static_cast<int>(axis) < last) {
      lead_shape_.push_back(size);
      rows_ *= size;
    } else if (static_cast<int>(axis) > last) {
      inner_ *= size;
    }
  }
  const std::size_t row = std::max<std::size_t>(1, inner_ * mask.sequence());
  rows_per_chunk_ = std::max<std::size_t>(1, kChunk / row);
}

std::size_t Selection::chunks() const {
  if (mask_ == nullptr) return (values_.size() + kChunk - 1) / kChunk;
  return (rows_ + rows_per_chunk_ - 1) / rows_per_chunk_;
}

std::span<const float> Selection::chunk(std::size_t index, std::vector<float>& scratch) const {
  if (mask_ == nullptr) {
    const std::size_t begin = index * kChunk;
    return values_.subspan(begin, std::min(kChunk, values_.size() - begin));
  }
  const std::size_t begin = index * rows_per_chunk_;
  const std::size_t end = std::min(rows_, begin + rows_per_chunk_);
  if (mask_->all_real()) {
    const std::size_t row = mask_->sequence() * inner_;
    return values_.subspan(begin * row, (end - begin) * row);
  }
  scratch.clear();
  for (std::size_t row = begin; row < end; ++row) {
    visit_row(row, false, [&](std::span<const float> values, std::size_t) {
      scratch.insert(scratch.end(), values.begin(), values.end());
    });
  }
  return scratch;
}

void Selection::add_energies(std::size_t chunk, std::span<Energy> energies) const {
  if (mask_ == nullptr) return;
  const std::size_t end = std::min(rows_, (chunk + 1) * rows_per_chunk_);
  for (std::size_t row = chunk * rows_per_chunk_; row < end; ++row) {
    visit_row(row, true, [&](std::span<const float> values, std::size_t token) {
      energies[token].sum += sum_of_squares(values);
      energies[token].count += values.size();
    });
  }
}

template <typename Visit>
void Selection::visit_row(std::size_t row, bool by_position, const Visit& visit) const {
  std::size_t rest = row;
  // Indices of the leading axes, last axis fastest. The batch index is needed before the others can
  // be checked.
  std::size_t lead[16];
  const std::size_t rank = lead_shape_.size();
  if (rank > std::size(lead)) throw Error("a tensor of more than 16 dimensions");
  for (std::size_t axis = rank; axis-- > 0;) {
    lead[axis] = rest % lead_shape_[axis];
    rest /= lead_shape_[axis];
  }
  const std::size_t sample = batch_axis_ >= 0 ? lead[batch_axis_] : mask_->batch();
  for (const int axis : lead_sequence_axes_) {
    if (!mask_->real(sample, lead[axis])) return;
  }
  const std::size_t first = sample * mask_->sequence();
  const std::span<const float> values = values_.subspan(row * mask_->sequence() * inner_);
  for (const TokenMask::Run& run : mask_->runs(sample)) {
    if (!by_position || !lead_sequence_axes_.empty()) {
      const std::size_t query = lead_sequence_axes_.empty() ? 0 : lead[lead_sequence_axes_[0]];
      visit(values.subspan(run.begin * inner_, (run.end - run.begin) * inner_), first + query);
      continue;
    }
    for (std::size_t position = run.begin; position < run.end; ++position) {
      visit(values.subspan(position * inner_, inner_), first + position);
    }
  }
}

}  // namespace quantbench::calibrate
