#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace quantbench {

/// Locks by name that processes share through one file: each name stands for one byte of it, locked
/// with fcntl(2) (open file description locks). The kernel frees them with the process, however
/// that ends, so nothing has to be cleaned up after a kill -9 or a power cut. The file stays empty.
/// Locks of one object do not keep each other out.
class NameLocks {
 public:
  enum class Outcome {
    kHeld,
    kHeldElsewhere,
    kNoLocks  ///< there is no such file, or the file system has no locks: no process is kept out
  };
  enum class Access {
    kHold,  ///< makes the file when it is missing
    kAsk    ///< needs to read it only
  };

  /// Throws nothing: where the file cannot be opened every answer is kNoLocks.
  NameLocks(const std::filesystem::path& path, Access access);
  ~NameLocks();
  NameLocks(NameLocks&& other) noexcept;
  NameLocks& operator=(NameLocks&&) = delete;

  /// Takes the lock if it is free. Returns at once.
  Outcome attempt(std::string_view name);
  void release(std::string_view name);
  /// Whether somebody else has the lock: kHeldElsewhere, or kHeld when it is free (or this
  /// object's).
  Outcome ask(std::string_view name) const;

 private:
  int descriptor_;
};

}  // namespace quantbench
