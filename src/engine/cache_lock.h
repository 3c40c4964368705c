#pragma once

#include <filesystem>

namespace quantbench::engine {

/// A lock (flock(2)) on a cache of artefacts. Runs share it for as long as they may open what is in
/// the cache; what removes artefacts holds it alone. The kernel frees it with the process, however
/// that ends. Where the file system has no locks, nobody waits.
class CacheLock {
 public:
  /// Waits while something is being removed.
  static CacheLock shared(const std::filesystem::path& root);
  /// Throws Error when a run uses the cache.
  static CacheLock alone(const std::filesystem::path& root);

  CacheLock(CacheLock&& other) noexcept;
  CacheLock& operator=(CacheLock&&) = delete;
  ~CacheLock();

 private:
  explicit CacheLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace quantbench::engine
