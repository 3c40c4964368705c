#include "quantbench/base/mapped_ranges.h"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"

namespace quantbench {

/// What the handler reads is atomic; the rest belongs to who holds the lock of the list.
struct MappedRange::Slot {
  std::atomic<std::uintptr_t> begin{0};
  std::atomic<std::uintptr_t> end{0};
  std::atomic<bool> lost{false};
  bool reported = false;
  std::string path;
  dev_t device = 0;
  ino_t inode = 0;
};

namespace {

using Slot = MappedRange::Slot;

/// Slots never move and are never freed: the handler walks them without a lock.
struct Chunk {
  std::array<Slot, 64> slots;
  std::atomic<Chunk*> next{nullptr};
};

std::atomic<Chunk*> first_chunk{nullptr};
std::atomic<bool> any_lost{false};
std::uintptr_t page_size = 4096;
struct sigaction former_action {};

/// The list of ranges. It lives as long as the process: files may be closed by static destructors.
struct List {
  std::mutex lock;
  std::vector<Slot*> free;
  std::vector<std::string> lost_and_closed;  ///< paths not reported yet
};

List& list() {
  static List& only = *new List;
  return only;
}

/// Zeros instead of the range from the page of `address` on: one signal a range, however long it
/// is.
bool fill_with_zeros(Slot& slot, std::uintptr_t address) {
  const std::uintptr_t end = slot.end.load();
  if (address < slot.begin.load() || address >= end) return false;
  const std::uintptr_t page = address / page_size * page_size;
  const std::size_t size = (end - page + page_size - 1) / page_size * page_size;
  constexpr int kFlags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE;
  slot.lost = true;
  any_lost = true;
  return ::mmap(reinterpret_cast<void*>(page), size, PROT_READ, kFlags, -1, 0) != MAP_FAILED;
}

void on_bus_error(int, siginfo_t* info, void*) {
  const int kept = errno;
  const auto address = reinterpret_cast<std::uintptr_t>(info->si_addr);
  const bool is_fault = info->si_code > 0;  // else a process sent it
  for (Chunk* chunk = is_fault ? first_chunk.load() : nullptr; chunk != nullptr;
       chunk = chunk->next.load()) {
    for (Slot& slot : chunk->slots) {
      if (!fill_with_zeros(slot, address)) continue;
      errno = kept;
      return;
    }
  }
  // Not ours: what would have happened without this handler, once it returns.
  ::sigaction(SIGBUS, &former_action, nullptr);
  ::raise(SIGBUS);
}

/// Needs the lock.
Slot* take_slot(List& ranges) {
  if (ranges.free.empty()) {
    auto* const chunk = new Chunk;
    for (Slot& slot : chunk->slots) ranges.free.push_back(&slot);
    chunk->next = first_chunk.load();
    const bool first = chunk->next == nullptr;
    first_chunk = chunk;
    if (first) {
      page_size = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
      struct sigaction action {};
      action.sa_sigaction = on_bus_error;
      action.sa_flags = SA_SIGINFO | SA_ONSTACK;
      ::sigaction(SIGBUS, &action, &former_action);
    }
  }
  Slot* const slot = ranges.free.back();
  ranges.free.pop_back();
  return slot;
}

template <typename Body>
void for_each_slot(const Body& body) {
  for (Chunk* chunk = first_chunk.load(); chunk != nullptr; chunk = chunk->next.load()) {
    for (Slot& slot : chunk->slots) {
      if (slot.end != 0) body(slot);
    }
  }
}

}  // namespace

MappedRange::MappedRange(std::span<const std::byte> bytes, const std::filesystem::path& path,
                         const struct stat& file) {
  List& ranges = list();
  const std::scoped_lock lock(ranges.lock);
  slot_ = take_slot(ranges);
  slot_->lost = false;
  slot_->reported = false;
  slot_->path = path.string();
  slot_->device = file.st_dev;
  slot_->inode = file.st_ino;
  slot_->begin = reinterpret_cast<std::uintptr_t>(bytes.data());
  slot_->end = slot_->begin + bytes.size();
}

MappedRange::~MappedRange() {
  List& ranges = list();
  const std::scoped_lock lock(ranges.lock);
  if (slot_->lost && !slot_->reported) ranges.lost_and_closed.push_back(std::move(slot_->path));
  slot_->end = 0;
  slot_->begin = 0;
  ranges.free.push_back(slot_);
}

bool MappedRange::is_lost() const { return slot_->lost; }

bool is_mapped(const struct stat& file) {
  const std::scoped_lock lock(list().lock);
  bool found = false;
  for_each_slot([&](const Slot& slot) {
    found = found || (slot.device == file.st_dev && slot.inode == file.st_ino);
  });
  return found;
}

void throw_if_file_shrank() {
  if (!any_lost.exchange(false)) return;
  List& ranges = list();
  const std::scoped_lock lock(ranges.lock);
  std::string path;
  for_each_slot([&](Slot& slot) {
    if (!slot.lost) return;
    slot.reported = true;
    path = slot.path;
  });
  if (path.empty() && !ranges.lost_and_closed.empty()) {
    path = std::move(ranges.lost_and_closed.back());
    ranges.lost_and_closed.pop_back();
  }
  if (path.empty()) return;
  any_lost = true;
  throw FileShrank("got shorter while it was read, or its disk failed", path,
                   "try again when no other program writes to it");
}

}  // namespace quantbench
