#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace quantbench::checkpoint {

/// Position of a tensor's elements in its storage, counted in elements, as in PyTorch.
struct Strides {
  std::int64_t offset = 0;
  std::vector<std::int64_t> size;
  std::vector<std::int64_t> stride;

  /// Throws Error if a number is negative, if an element exceeds a storage of `storage_elements`,
  /// or if the tensor has more elements than the storage (it overlaps itself).
  void check(std::int64_t storage_elements) const;

  /// The functions below need strides that passed the check.
  std::int64_t element_count() const;
  bool is_row_major() const;
  /// The elements in row-major order.
  std::vector<std::byte> gather(std::span<const std::byte> storage, std::size_t element_size) const;
};

}  // namespace quantbench::checkpoint
