#include "quantbench/base/channel.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>
#include <vector>

namespace quantbench {
namespace {

TEST(Channel, hands_over_in_order_and_never_holds_more_than_its_capacity) {
  Channel<std::unique_ptr<int>> channel(3);
  std::atomic<int> made{0};
  std::atomic<int> used{0};
  int most = 0;
  std::thread maker([&] {
    for (int i = 0; i < 1000; ++i) {
      EXPECT_TRUE(channel.push(std::make_unique<int>(i)));
      ++made;
    }
    channel.close();
  });
  while (const auto item = channel.pop()) {
    EXPECT_EQ(**item, used);
    ++used;
    most = std::max(most, made - used);
  }
  maker.join();
  EXPECT_EQ(used, 1000);
  EXPECT_LE(most, 3);
}

TEST(Channel, every_item_goes_to_one_of_several_users) {
  Channel<int> channel(2);
  std::vector<std::atomic<int>> uses(500);
  std::vector<std::thread> users;
  for (int i = 0; i < 4; ++i) {
    users.emplace_back([&] {
      while (const auto item = channel.pop()) ++uses[static_cast<std::size_t>(*item)];
    });
  }
  for (int i = 0; i < 500; ++i) channel.push(i);
  channel.close();
  for (std::thread& user : users) user.join();
  for (const auto& count : uses) EXPECT_EQ(count, 1);
}

TEST(Channel, closing_frees_a_maker_that_waits_and_leaves_what_is_in_it) {
  Channel<int> channel(1);
  EXPECT_TRUE(channel.push(1));
  std::thread maker([&] { EXPECT_FALSE(channel.push(2)); });
  channel.close();
  maker.join();
  EXPECT_EQ(channel.pop(), 1);
  EXPECT_EQ(channel.pop(), std::nullopt);
  EXPECT_FALSE(channel.push(3));
}

}  // namespace
}  // namespace quantbench
