#include "quantbench/base/memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>

namespace quantbench {

void release_pages(std::span<const std::byte> bytes) {
  static const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto first = reinterpret_cast<std::uintptr_t>(bytes.data());
  const std::uintptr_t start = (first + page - 1) / page * page;
  const std::uintptr_t end = (first + bytes.size()) / page * page;
  if (start >= end) return;
  auto* const address = const_cast<std::byte*>(bytes.data()) + (start - first);
  ::madvise(address, end - start, MADV_DONTNEED);
}

}  // namespace quantbench
