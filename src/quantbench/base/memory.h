#pragma once

#include <cstddef>
#include <memory>
#include <span>

namespace quantbench {

/// Gives the memory of a part of a mapped file back, as far as whole pages go; they are read again
/// when touched. For passes over files that are larger than memory.
void release_pages(std::span<const std::byte> bytes);

/// Memory for large data, not initialized, aligned to a page; in huge pages where the system has
/// them, since 80 MB of the usual ones cost 20000 page faults. Throws std::bad_alloc.
std::shared_ptr<std::byte> large_buffer(std::size_t bytes);

}  // namespace quantbench
