#pragma once

#include <filesystem>
#include <functional>
#include <mutex>

namespace quantbench {

// The temporary files and directories of this process (AtomicFile, TemporaryDirectory), so that an
// end by Ctrl-C leaves none behind.

/// Held while one of them is made, put in place or removed.
std::unique_lock<std::mutex> lock_temporaries();
/// With the lock held.
void add_temporary(const std::filesystem::path& path);
/// With the lock held.
void forget_temporary(const std::filesystem::path& path);

/// Removes them all, calls `say` and ends the process, whatever its other threads do meanwhile: no
/// file is put in place any more.
[[noreturn]] void end_without_temporaries(int status, const std::function<void()>& say);

}  // namespace quantbench
