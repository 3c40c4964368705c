#include "quantbench/base/name_locks.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <utility>

#include "quantbench/base/hash.h"

namespace quantbench {

namespace {

/// One byte in 2^60: two names meet once in a universe.
struct flock byte_of(std::string_view name, short kind) {
  constexpr int kBase = 16;
  constexpr std::size_t kDigits = 15;
  struct flock byte {};
  byte.l_type = kind;
  byte.l_whence = SEEK_SET;
  byte.l_start =
      static_cast<off_t>(std::strtoull(sha256(name).substr(0, kDigits).c_str(), nullptr, kBase));
  byte.l_len = 1;
  return byte;
}

int open_file(const std::filesystem::path& path, NameLocks::Access access) {
  const int flags = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
  if (access == NameLocks::Access::kAsk) return ::open(path.c_str(), O_RDONLY | flags);
  return ::open(path.c_str(), O_RDWR | O_CREAT | flags, 0666);
}

}  // namespace

NameLocks::NameLocks(const std::filesystem::path& path, Access access)
    : descriptor_(open_file(path, access)) {}

NameLocks::NameLocks(NameLocks&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

NameLocks::~NameLocks() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

NameLocks::Outcome NameLocks::attempt(std::string_view name) {
  if (descriptor_ < 0) return Outcome::kNoLocks;
  struct flock byte = byte_of(name, F_WRLCK);
  while (::fcntl(descriptor_, F_OFD_SETLK, &byte) != 0) {
    if (errno == EINTR) continue;
    return errno == EAGAIN || errno == EACCES ? Outcome::kHeldElsewhere : Outcome::kNoLocks;
  }
  return Outcome::kHeld;
}

void NameLocks::release(std::string_view name) {
  if (descriptor_ < 0) return;
  struct flock byte = byte_of(name, F_UNLCK);
  ::fcntl(descriptor_, F_OFD_SETLK, &byte);
}

NameLocks::Outcome NameLocks::ask(std::string_view name) const {
  if (descriptor_ < 0) return Outcome::kNoLocks;
  struct flock byte = byte_of(name, F_WRLCK);
  if (::fcntl(descriptor_, F_OFD_GETLK, &byte) != 0) return Outcome::kNoLocks;
  return byte.l_type == F_UNLCK ? Outcome::kHeld : Outcome::kHeldElsewhere;
}

}  // namespace quantbench
