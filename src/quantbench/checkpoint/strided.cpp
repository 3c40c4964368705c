#include "quantbench/checkpoint/strided.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "quantbench/base/error.h"
#include "quantbench/checkpoint/checkpoint.h"

namespace quantbench::checkpoint {

namespace {

std::int64_t checked_product(std::int64_t a, std::int64_t b) {
  std::int64_t product = 0;
  if (__builtin_mul_overflow(a, b, &product)) throw Error("has an impossible number of elements");
  return product;
}

std::int64_t checked_sum(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(a, b, &sum)) throw Error("exceeds its storage");
  return sum;
}

}  // namespace

void Strides::check(std::int64_t storage_elements) const {
  if (size.size() != stride.size()) {
    throw Error("has " + std::to_string(size.size()) + " dimensions but " +
                std::to_string(stride.size()) + " strides");
  }
  const auto negative = [](std::int64_t value) { return value < 0; };
  if (offset < 0 || std::ranges::any_of(size, negative) || std::ranges::any_of(stride, negative))
    throw Error("has a negative offset, size or stride");
  std::int64_t last = offset;
  std::int64_t count = 1;
  bool empty = false;
  for (std::size_t i = 0; i < size.size(); ++i) {
    // A dimension of 0 makes the tensor empty. The product of the other dimensions must still fit,
    // because it is computed again later.
    empty = empty || size[i] == 0;
    count = checked_product(count, std::max<std::int64_t>(size[i], 1));
    last = checked_sum(last, checked_product(std::max<std::int64_t>(size[i] - 1, 0), stride[i]));
  }
  if (empty) return;
  if (last >= storage_elements) {
    throw Error("of shape " + shape_text(size) + " reads element " + std::to_string(last) +
                " of a storage with " + std::to_string(storage_elements));
  }
  if (count > storage_elements) {
    throw Error("of shape " + shape_text(size) + " overlaps itself: its storage has " +
                    std::to_string(storage_elements) + " elements",
                {}, "save a contiguous copy");
  }
}

std::int64_t Strides::element_count() const {
  std::int64_t count = 1;
  for (const std::int64_t dimension : size) count *= dimension;
  return count;
}

bool Strides::is_row_major() const {
  std::int64_t expected = 1;
  for (std::size_t i = size.size(); i-- > 0;) {
    if (size[i] == 0) return true;
    if (size[i] != 1 && stride[i] != expected) return false;
    expected *= size[i];
  }
  return true;
}

std::vector<std::byte> Strides::gather(std::span<const std::byte> storage,
                                       std::size_t element_size) const {
  const std::int64_t count = element_count();
  std::vector<std::byte> out(static_cast<std::size_t>(count) * element_size);
  std::vector<std::int64_t> index(size.size(), 0);
  // The stride of a dimension of size 1 is never used, so it may have any value.
  std::vector<std::int64_t> step = stride;
  for (std::size_t i = 0; i < step.size(); ++i) step[i] = size[i] == 1 ? 0 : stride[i];
  std::int64_t position = offset;
  for (std::size_t to = 0; to < out.size(); to += element_size) {
    std::memcpy(out.data() + to, storage.data() + static_cast<std::size_t>(position) * element_size,
                element_size);
    // The next index, like an odometer: the last dimension changes fastest.
    for (std::size_t i = size.size(); i-- > 0;) {
      position += step[i];
      if (++index[i] < size[i]) break;
      position -= step[i] * size[i];
      index[i] = 0;
    }
  }
  return out;
}

}  // namespace quantbench::checkpoint
