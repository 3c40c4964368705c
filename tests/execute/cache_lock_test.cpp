#include "quantbench/execute/cache_lock.h"

#include <gmock/gmock.h>

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "support/message_of.h"

namespace quantbench::execute {
namespace {

TEST(CacheLock, is_shared_by_runs_and_refused_to_what_removes) {
  const TemporaryDirectory root;
  {
    const auto first = share_cache(root.path());
    const auto second = share_cache(root.path());
    EXPECT_TRUE(first);
    EXPECT_TRUE(second);
    EXPECT_THAT(test::message_of([&] { hold_cache_alone(root.path()); }),
                testing::HasSubstr("a run is using the cache"));
  }
  EXPECT_NO_THROW(hold_cache_alone(root.path()));
}

TEST(CacheLock, is_not_needed_where_the_cache_is_only_read) {
  const TemporaryDirectory root;
  EXPECT_FALSE(share_cache(root.path() / "none"));
  EXPECT_THROW(hold_cache_alone(root.path() / "none"), Error);
}

}  // namespace
}  // namespace quantbench::execute
