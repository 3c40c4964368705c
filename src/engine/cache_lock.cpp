#include "quantbench/engine/cache_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "quantbench/base/error.h"

namespace quantbench::engine {

namespace {

/// -1 where the file cannot be made: a cache that is only read needs no lock.
int open_lock(const std::filesystem::path& root) {
  return ::open((root / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
}

}  // namespace

CacheLock CacheLock::shared(const std::filesystem::path& root) {
  CacheLock lock(open_lock(root));
  if (lock.descriptor_ < 0) return lock;
  while (::flock(lock.descriptor_, LOCK_SH) != 0 && errno == EINTR) {
  }
  return lock;
}

CacheLock CacheLock::alone(const std::filesystem::path& root) {
  CacheLock lock(open_lock(root));
  if (lock.descriptor_ < 0) {
    throw Error("cannot make the lock file: " + std::generic_category().message(errno),
                (root / "lock").string());
  }
  while (::flock(lock.descriptor_, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) {
      throw Error("a run is using the cache", root.string(), "try again when it has ended");
    }
    if (errno != EINTR) break;
  }
  return lock;
}

CacheLock::CacheLock(CacheLock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

CacheLock::~CacheLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace quantbench::engine
