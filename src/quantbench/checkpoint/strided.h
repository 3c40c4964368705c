#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace quantbench::checkpoint {

/// Where the elements of a tensor lie in its storage, counted in elements, as PyTorch has it.
struct Strides {
  std::int64_t offset = 0;
  std::vector<std::int64_t> size;
  std::vector<std::int64_t> stride;

  /// Throws Error when a number is negative, or the elements do not lie inside a storage of
  /// `storage_elements`, or are more than it has (a tensor that overlaps itself).
  void check(std::int64_t storage_elements) const;

  /// The following need strides that passed the check.
  std::int64_t element_count() const;
  bool is_row_major() const;
  /// The elements in row-major order.
  std::vector<std::byte> gather(std::span<const std::byte> storage, std::size_t element_size) const;
};

}  // namespace quantbench::checkpoint
