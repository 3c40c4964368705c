#include "quantbench/base/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "quantbench/base/error.h"

namespace quantbench {

namespace {

FileLock::Outcome lock(int descriptor, FileLock::Kind kind, int how) {
  const int operation = (kind == FileLock::Kind::kShared ? LOCK_SH : LOCK_EX) | how;
  while (::flock(descriptor, operation) != 0) {
    if (errno == EINTR) continue;
    return errno == EWOULDBLOCK ? FileLock::Outcome::kHeldElsewhere : FileLock::Outcome::kNoLocks;
  }
  return FileLock::Outcome::kHeld;
}

}  // namespace

FileLock::FileLock(const std::filesystem::path& path, unsigned permissions)
    : descriptor_(
          ::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC, permissions)) {
  if (descriptor_ < 0) {
    throw Error("cannot make the lock file: " + std::generic_category().message(errno),
                path.string());
  }
}

FileLock::FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

FileLock::~FileLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

FileLock::Outcome FileLock::wait(Kind kind) { return lock(descriptor_, kind, 0); }

FileLock::Outcome FileLock::attempt(Kind kind) { return lock(descriptor_, kind, LOCK_NB); }

bool FileLock::is_removed() const {
  struct stat found {};
  return ::fstat(descriptor_, &found) != 0 || found.st_nlink == 0;
}

}  // namespace quantbench
