#include "quantbench/base/file_lock.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <thread>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"

namespace quantbench {
namespace {

using Kind = FileLock::Kind;
using Outcome = FileLock::Outcome;

class FileLockTest : public testing::Test {
 protected:
  FileLock open() const { return {path_, 0600}; }

  TemporaryDirectory directory_;
  std::filesystem::path path_ = directory_.path() / "lock";
};

TEST_F(FileLockTest, is_shared_by_many_or_held_by_one) {
  FileLock first = open();
  FileLock second = open();
  FileLock third = open();
  EXPECT_EQ(first.attempt(Kind::kShared), Outcome::kHeld);
  EXPECT_EQ(second.attempt(Kind::kShared), Outcome::kHeld);
  EXPECT_EQ(third.attempt(Kind::kAlone), Outcome::kHeldElsewhere);
}

TEST_F(FileLockTest, held_by_one_keeps_out_who_would_share_it_until_it_goes) {
  FileLock shared = open();
  {
    FileLock alone = open();
    EXPECT_EQ(alone.attempt(Kind::kAlone), Outcome::kHeld);
    const FileLock moved = std::move(alone);
    EXPECT_EQ(shared.attempt(Kind::kShared), Outcome::kHeldElsewhere);
  }
  EXPECT_EQ(shared.attempt(Kind::kShared), Outcome::kHeld);
}

TEST_F(FileLockTest, is_waited_for) {
  std::atomic<bool> freed{false};
  std::thread waiting;
  {
    FileLock held = open();
    ASSERT_EQ(held.attempt(Kind::kShared), Outcome::kHeld);
    waiting = std::thread([&] {
      FileLock lock = open();
      EXPECT_EQ(lock.wait(Kind::kAlone), Outcome::kHeld);
      EXPECT_TRUE(freed);
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    freed = true;
  }
  waiting.join();
}

TEST_F(FileLockTest, says_when_its_file_was_removed) {
  const FileLock lock = open();
  EXPECT_FALSE(lock.is_removed());
  std::filesystem::remove(path_);
  EXPECT_TRUE(lock.is_removed());
}

TEST_F(FileLockTest, needs_a_file_that_can_be_made) {
  EXPECT_THROW(FileLock(directory_.path() / "none" / "lock", 0600), Error);
}

}  // namespace
}  // namespace quantbench
