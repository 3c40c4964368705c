#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace quantbench::calibrate {

/// The axes of a tensor that run over the samples of a batch and the positions of a sample.
struct TokenAxes {
  int batch = -1;             ///< -1: none; a position counts if it is real in any sample
  std::vector<int> sequence;  ///< two of attention scores: query and key

  bool maskable() const { return !sequence.empty(); }
};

/// The real tokens of a batch: an attention_mask `[batch, sequence]` of 1 and 0.
class TokenMask {
 public:
  struct Run {
    std::size_t begin;
    std::size_t end;
  };

  TokenMask() : runs_(1) {}
  TokenMask(std::span<const std::int64_t> attention_mask, std::size_t batch, std::size_t sequence);

  std::size_t batch() const { return runs_.size() - 1; }
  std::size_t sequence() const { return sequence_; }
  /// `sample` batch() means all samples: positions that are real in any of them.
  bool real(std::size_t sample, std::size_t position) const {
    return real_[sample * sequence_ + position] != 0;
  }
  /// Maximal runs of real positions in a sample.
  std::span<const Run> runs(std::size_t sample) const { return runs_[sample]; }
  /// True if there is no padding.
  bool all_real() const { return all_real_; }

 private:
  std::size_t sequence_ = 0;
  std::vector<std::uint8_t> real_;
  std::vector<std::vector<Run>> runs_;
  bool all_real_ = true;
};

/// The counted elements of a tensor, in chunks that fit the second-level cache. Several threads can
/// take chunks, and several statistics read each chunk while it is in the cache.
class Selection {
 public:
  /// Every element.
  explicit Selection(std::span<const float> values) : values_(values) {}
  /// Only elements whose batch and sequence indices are real tokens; all elements if there is no
  /// padding. The tensor must have the mask's sizes on these axes (throws Error).
  Selection(std::span<const float> values, std::span<const std::int64_t> shape,
            const TokenAxes& axes, const TokenMask& mask);

  std::size_t chunks() const;
  /// The elements of one chunk, contiguous: a view of the tensor, or gathered into `scratch`.
  std::span<const float> chunk(std::size_t index, std::vector<float>& scratch) const;

  /// Sum of squares and number of elements of one token.
  struct Energy {
    double sum = 0;
    std::size_t count = 0;
  };
  /// Number of tokens that `add_energies` distinguishes; 0: the elements do not belong to tokens.
  std::size_t tokens() const {
    return mask_ == nullptr ? 0 : (mask_->batch() + 1) * mask_->sequence();
  }
  /// Adds the elements of one chunk to the energies of their tokens. `energies` has `tokens()`
  /// entries; for attention scores, a token is a query. A token may have elements in several
  /// chunks.
  void add_energies(std::size_t chunk, std::span<Energy> energies) const;

 private:
  /// Calls visit(values, token) for each counted piece of the row. `token` is the index of the
  /// piece's energy; with `by_position` it holds for every value.
  template <typename Visit>
  void visit_row(std::size_t row, bool by_position, const Visit& visit) const;

  std::span<const float> values_;
  // Only with a mask. A row is one index of all axes before the last sequence axis.
  const TokenMask* mask_ = nullptr;
  std::vector<std::size_t> lead_shape_;
  int batch_axis_ = -1;
  std::vector<int> lead_sequence_axes_;
  std::size_t rows_ = 0;
  std::size_t inner_ = 1;  ///< elements per position of the last sequence axis
  std::size_t rows_per_chunk_ = 1;
};

}  // namespace quantbench::calibrate
