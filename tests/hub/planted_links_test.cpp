// The cache is shared: another user may have put links where the program is about to write.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <string>

#include "hub/hub_fixture.h"

namespace quantbench::hub {
namespace {

namespace fs = std::filesystem;
using test::HubTest;
using ::testing::AllOf;
using ::testing::HasSubstr;

class PlantedLinks : public HubTest {
 protected:
  void SetUp() override {
    write_text(victim(), "precious");
    fs::create_directories(repository() / "blobs");
  }
  fs::path victim() const { return scratch.path() / "victim"; }
  fs::path blob() const { return repository() / "blobs" / weights_tag(); }
  void expect_fetched_without_harm() {
    EXPECT_EQ(message(options()), "nothing was thrown");
    EXPECT_EQ(read_text(victim()), "precious");
    EXPECT_EQ(read_text(blob()), weights);
    EXPECT_FALSE(fs::is_symlink(blob()));
  }
};

TEST_F(PlantedLinks, a_link_in_place_of_a_partial_file_is_taken_away) {
  fs::create_symlink(victim(), partial());
  expect_fetched_without_harm();
}

TEST_F(PlantedLinks, a_link_to_nowhere_makes_no_file_there) {
  fs::create_symlink(scratch.path() / "nowhere", partial());
  expect_fetched_without_harm();
  EXPECT_FALSE(fs::exists(scratch.path() / "nowhere"));
}

TEST_F(PlantedLinks, a_second_name_of_another_file_is_taken_away) {
  fs::create_hard_link(victim(), partial());
  expect_fetched_without_harm();
}

TEST_F(PlantedLinks, a_fifo_in_place_of_a_partial_file_is_taken_away) {
  ASSERT_EQ(::mkfifo(partial().c_str(), 0600), 0);
  expect_fetched_without_harm();
}

TEST_F(PlantedLinks, a_link_in_place_of_a_ref_is_replaced) {
  fs::create_directories(repository() / "refs");
  fs::create_symlink(victim(), repository() / "refs" / "main");
  expect_fetched_without_harm();
  EXPECT_FALSE(fs::is_symlink(repository() / "refs" / "main"));
}

TEST_F(PlantedLinks, a_link_in_place_of_a_lock_is_refused) {
  const auto lock = cache() / ".locks" / "models--acme--tiny" / (weights_tag() + ".lock");
  fs::create_directories(lock.parent_path());
  fs::create_symlink(scratch.path() / "nowhere", lock);
  EXPECT_THAT(message(options()), HasSubstr("cannot make the lock file"));
  EXPECT_FALSE(fs::exists(scratch.path() / "nowhere"));
}

TEST_F(PlantedLinks, a_link_in_place_of_a_directory_is_refused) {
  for (const std::string name : {"blobs", "refs", "snapshots"}) {
    fs::remove_all(repository());
    fs::create_directories(repository());
    fs::create_directories(scratch.path() / "elsewhere");
    fs::create_directory_symlink(scratch.path() / "elsewhere", repository() / name);
    EXPECT_THAT(message(options()), AllOf(HasSubstr(name), HasSubstr("is a symbolic link")));
    EXPECT_TRUE(fs::is_empty(scratch.path() / "elsewhere")) << name;
  }
}

}  // namespace
}  // namespace quantbench::hub
