// The umask belongs to the whole process: setting it, even to read it, changes what other threads
// write. This program's umask() counts its calls.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>

#include "quantbench/base/file.h"

namespace {

std::atomic<int> umask_calls{0};

mode_t set_umask(mode_t mask) { return static_cast<mode_t>(::syscall(SYS_umask, mask)); }

}  // namespace

extern "C" mode_t umask(mode_t mask) noexcept {
  ++umask_calls;
  return set_umask(mask);
}

namespace quantbench {
namespace {

TEST(AtomicFile, makes_files_as_the_umask_says_without_setting_it) {
  const TemporaryDirectory directory;
  const mode_t before = set_umask(027);
  const int calls = umask_calls;
  write_text(directory.path() / "result.json", "{}");
  set_umask(before);
  EXPECT_EQ(umask_calls, calls);
  struct stat found {};
  ASSERT_EQ(::stat((directory.path() / "result.json").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0640U);
}

}  // namespace
}  // namespace quantbench
