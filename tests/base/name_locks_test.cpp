#include "quantbench/base/name_locks.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "quantbench/base/file.h"

namespace quantbench {
namespace {

class NameLocksTest : public testing::Test {
 protected:
  NameLocks open() const { return {path_, NameLocks::Access::kHold}; }

  TemporaryDirectory directory_;
  std::filesystem::path path_ = directory_.path() / "locks";
};

TEST_F(NameLocksTest, keep_others_from_the_same_name_only) {
  NameLocks mine = open();
  NameLocks yours = open();
  EXPECT_EQ(mine.attempt("a"), NameLocks::Outcome::kHeld);
  EXPECT_EQ(yours.attempt("a"), NameLocks::Outcome::kHeldElsewhere);
  EXPECT_EQ(yours.attempt("b"), NameLocks::Outcome::kHeld);
  EXPECT_EQ(yours.ask("a"), NameLocks::Outcome::kHeldElsewhere);
  EXPECT_EQ(yours.ask("c"), NameLocks::Outcome::kHeld);
  mine.release("a");
  EXPECT_EQ(yours.attempt("a"), NameLocks::Outcome::kHeld);
  EXPECT_TRUE(std::filesystem::is_empty(path_));
}

TEST_F(NameLocksTest, are_seen_by_who_only_asks_and_makes_no_file) {
  EXPECT_EQ(NameLocks(path_, NameLocks::Access::kAsk).ask("a"), NameLocks::Outcome::kNoLocks);
  EXPECT_FALSE(std::filesystem::exists(path_));
  NameLocks mine = open();
  mine.attempt("a");
  EXPECT_EQ(NameLocks(path_, NameLocks::Access::kAsk).ask("a"), NameLocks::Outcome::kHeldElsewhere);
}

TEST_F(NameLocksTest, go_with_a_process_that_is_killed) {
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    NameLocks locks = open();
    locks.attempt("a");
    const char done = 'x';
    if (::write(ready[1], &done, 1) != 1) ::_exit(1);
    ::pause();
    ::_exit(0);
  }
  char done = 0;
  ASSERT_EQ(::read(ready[0], &done, 1), 1);
  NameLocks locks = open();
  EXPECT_EQ(locks.attempt("a"), NameLocks::Outcome::kHeldElsewhere);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_EQ(locks.attempt("a"), NameLocks::Outcome::kHeld);
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST_F(NameLocksTest, follow_no_link) {
  std::filesystem::create_symlink(directory_.path() / "elsewhere", path_);
  NameLocks locks = open();
  EXPECT_EQ(locks.attempt("a"), NameLocks::Outcome::kNoLocks);
  EXPECT_FALSE(std::filesystem::exists(directory_.path() / "elsewhere"));
}

}  // namespace
}  // namespace quantbench
