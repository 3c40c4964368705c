#include "quantbench/base/memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <new>

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

std::shared_ptr<std::byte> large_buffer(std::size_t bytes) {
  constexpr std::size_t kHugePage = std::size_t{2} << 20;
  constexpr std::size_t kPage = 4096;
  const std::size_t unit = bytes >= kHugePage ? kHugePage : kPage;
  const std::size_t rounded = (bytes + kPage - 1) / kPage * kPage;
  void* memory = nullptr;
  if (::posix_memalign(&memory, unit, rounded) != 0) throw std::bad_alloc();
  // Whole huge pages only: the last part would else take one too.
  if (unit == kHugePage) ::madvise(memory, bytes / kHugePage * kHugePage, MADV_HUGEPAGE);
  return {static_cast<std::byte*>(memory), [](std::byte* given) { std::free(given); }};
}

}  // namespace quantbench
