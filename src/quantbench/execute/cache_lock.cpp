#include "quantbench/execute/cache_lock.h"

#include "quantbench/base/error.h"

namespace quantbench::execute {

namespace {

FileLock open_lock(const std::filesystem::path& root) { return {root / "lock", 0666}; }

}  // namespace

std::optional<FileLock> share_cache(const std::filesystem::path& root) {
  try {
    FileLock lock = open_lock(root);
    lock.wait(FileLock::Kind::kShared);
    return lock;
  } catch (const Error&) {
    return std::nullopt;
  }
}

FileLock hold_cache_alone(const std::filesystem::path& root) {
  std::optional<FileLock> lock = try_to_hold_cache_alone(root);
  if (!lock) throw Error("a run is using the cache", root.string(), "try again when it has ended");
  return *std::move(lock);
}

std::optional<FileLock> try_to_hold_cache_alone(const std::filesystem::path& root) {
  FileLock lock = open_lock(root);
  if (lock.attempt(FileLock::Kind::kAlone) == FileLock::Outcome::kHeldElsewhere)
    return std::nullopt;
  return lock;
}

}  // namespace quantbench::execute
