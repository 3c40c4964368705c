#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace quantbench {

/// Gives the memory of a part of a mapped file back, as far as whole pages go; they are read again
/// when touched. For passes over files that are larger than memory.
void release_pages(std::span<const std::byte> bytes);

/// Memory for large data, not initialized, aligned to a page; in huge pages where the system has
/// them, since 80 MB of the usual ones cost 20000 page faults. Throws std::bad_alloc.
std::shared_ptr<std::byte> large_buffer(std::size_t bytes);

/// Bounds this process and those it starts to the memory of the machine (or of the container): what
/// asks for more fails with std::bad_alloc, where it would slow the machine down until the system
/// ends some process. Mapped files do not count (setrlimit(2), RLIMIT_DATA).
void limit_memory_to_machine();

/// Bounds this process to `bytes` beyond what it holds now, as long as the object lives. For work
/// of a library whose need follows from a stranger's bytes. Of several at a time the first one
/// counts. Allocates nothing.
class MemoryGrowthLimit {
 public:
  explicit MemoryGrowthLimit(std::uint64_t bytes);
  ~MemoryGrowthLimit();
  MemoryGrowthLimit(const MemoryGrowthLimit&) = delete;
  MemoryGrowthLimit& operator=(const MemoryGrowthLimit&) = delete;
};

}  // namespace quantbench
