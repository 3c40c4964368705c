#include "quantbench/base/memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>

namespace quantbench {

namespace {

/// Reads the number after `key` in a small system file; 0 if the file or the key is missing.
std::uint64_t number_in(const char* path, const char* key) {
  const int descriptor = ::open(path, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return 0;
  std::array<char, 8192> text{};
  const ssize_t size = ::read(descriptor, text.data(), text.size() - 1);
  ::close(descriptor);
  const char* found = size > 0 ? std::strstr(text.data(), key) : nullptr;
  return found == nullptr ? 0 : std::strtoull(found + std::strlen(key), nullptr, 10);
}

/// Private writable memory of this process, bytes.
std::uint64_t data_size() { return number_in("/proc/self/status", "VmData:") * 1024; }

/// What the limit was before.
std::uint64_t limit_data(std::uint64_t bytes) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_DATA, &limit) != 0) return 0;
  const std::uint64_t before = limit.rlim_cur;
  // A sanitizer holds more than any machine has.
  if (before <= bytes || data_size() >= bytes) return before;
  limit.rlim_cur = bytes;
  ::setrlimit(RLIMIT_DATA, &limit);
  return before;
}

}  // namespace

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

void limit_memory_to_machine() {
  auto bytes = static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) *
               static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  // Both versions of control groups. Without a limit: "max", a number near 2^63.
  for (const char* file :
       {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"}) {
    const std::uint64_t container = number_in(file, "");
    if (container > 0) bytes = std::min(bytes, container);
  }
  limit_data(bytes);
}

namespace {

/// Of several at a time the first one counts, and the last one ends it.
std::atomic<int> growth_limits = 0;
std::atomic<std::uint64_t> data_limit_before = 0;

}  // namespace

MemoryGrowthLimit::MemoryGrowthLimit(std::uint64_t bytes) {
  const std::uint64_t now = data_size();
  if (growth_limits++ == 0) data_limit_before = now == 0 ? 0 : limit_data(now + bytes);
}

MemoryGrowthLimit::~MemoryGrowthLimit() {
  rlimit limit{};
  const std::uint64_t before = data_limit_before;
  if (--growth_limits > 0 || before == 0 || ::getrlimit(RLIMIT_DATA, &limit) != 0) return;
  limit.rlim_cur = before;
  ::setrlimit(RLIMIT_DATA, &limit);
}

}  // namespace quantbench
