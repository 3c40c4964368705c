#pragma once

#include <cstddef>
#include <span>

namespace quantbench {

/// Gives the memory of a part of a mapped file back, as far as whole pages go; they are read again
/// when touched. For passes over files that are larger than memory.
void release_pages(std::span<const std::byte> bytes);

}  // namespace quantbench
