#include "quantbench/base/temporaries.h"

#include <unistd.h>

#include <set>
#include <system_error>

namespace quantbench {

namespace {

struct Temporaries {
  std::mutex lock;
  std::set<std::filesystem::path> paths;
};

Temporaries& temporaries() {
  static auto* const all = new Temporaries;  // outlives static objects that own such files
  return *all;
}

}  // namespace

std::unique_lock<std::mutex> lock_temporaries() { return std::unique_lock(temporaries().lock); }

void add_temporary(const std::filesystem::path& path) {
  std::error_code failure;
  auto absolute = std::filesystem::absolute(path, failure);
  temporaries().paths.insert(failure ? path : std::move(absolute));
}

void forget_temporary(const std::filesystem::path& path) {
  std::error_code failure;
  auto absolute = std::filesystem::absolute(path, failure);
  temporaries().paths.erase(failure ? path : std::move(absolute));
}

void end_without_temporaries(int status, const std::function<void()>& say) {
  // Never given back: whoever is about to rename or remove such a file waits for the end.
  const auto lock = lock_temporaries();
  for (const auto& path : temporaries().paths) {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  say();
  ::_exit(status);
}

}  // namespace quantbench
