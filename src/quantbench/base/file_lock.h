#pragma once

#include <filesystem>

namespace quantbench {

/// A lock (flock(2)) on a lock file, shared with other processes and tools. The destructor releases
/// it; the kernel releases it at the end of the process.
class FileLock {
 public:
  enum class Kind { kShared, kAlone };
  enum class Outcome {
    kHeld,
    kHeldElsewhere,
    /// The file system does not support locks, so nothing is locked.
    kNoLocks
  };

  /// Opens the file, holding nothing yet; a file that is not there is made with those permissions.
  /// Throws Error when it cannot be made, or is a symbolic link: others may write to a shared
  /// directory.
  FileLock(const std::filesystem::path& path, unsigned permissions);
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&&) = delete;
  ~FileLock();

  /// Waits until the lock is free.
  Outcome wait(Kind kind);
  /// Returns at once.
  Outcome attempt(Kind kind);

  /// Whether another tool has removed the file since it was opened. A lock on it is then useless.
  bool is_removed() const;

 private:
  int descriptor_;
};

}  // namespace quantbench
