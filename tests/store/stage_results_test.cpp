#include "quantbench/store/stage_results.h"

#include <gmock/gmock.h>

#include <thread>

#include "quantbench/base/file.h"
#include "quantbench/store/network_file_system.h"
#include "support/message_of.h"

namespace quantbench::store {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

StageRecord stage_record(const std::string& key, double seconds = 2.5) {
  StageRecord out;
  out.key = key;
  out.stage = "evaluate";
  out.subject = "per_channel=True";
  out.machine = {{"cpu", "test"}};
  out.seconds = seconds;
  out.result = {{"figures", {{"accuracy", 0.1 + 0.2}}}};
  return out;
}

class FileResultsTest : public testing::Test {
 protected:
  FileResults open() const { return {directory_.path() / "results", directory_.path() / "locks"}; }

  TemporaryDirectory directory_;
};

TEST_F(FileResultsTest, keeps_a_result_in_a_file_of_its_key) {
  open().put(stage_record("k1"));
  FileResults results = open();
  const auto found = results.find("k1");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->subject, "per_channel=True");
  EXPECT_EQ(found->seconds, 2.5);
  EXPECT_EQ(found->machine, stage_record("k1").machine);
  EXPECT_EQ(found->result, stage_record("k1").result);
  EXPECT_FALSE(found->finished_at.empty());
  EXPECT_FALSE(results.find("k2"));
  EXPECT_THAT(results.keys(), ElementsAre("k1"));
  EXPECT_TRUE(std::filesystem::is_regular_file(directory_.path() / "results" / "k1.json"));
}

TEST_F(FileResultsTest, the_first_result_of_a_key_stays) {
  FileResults results = open();
  results.put(stage_record("k1", 1));
  results.put(stage_record("k1", 2));
  EXPECT_EQ(results.find("k1")->seconds, 1);
  // Nothing is left beside it.
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory_.path() / "results")) {
    names.push_back(entry.path().filename().string());
  }
  EXPECT_THAT(names, ElementsAre("k1.json"));
}

TEST_F(FileResultsTest, of_many_writers_of_a_key_one_stays_whole) {
  open();
  std::vector<std::thread> writers;
  for (int i = 0; i < 8; ++i) {
    writers.emplace_back([&, i] {
      FileResults results = open();
      for (int k = 0; k < 20; ++k) results.put(stage_record("key" + std::to_string(k), i));
    });
  }
  for (std::thread& writer : writers) writer.join();
  FileResults results = open();
  EXPECT_EQ(results.keys().size(), 20U);
  for (const std::string& key : results.keys()) EXPECT_TRUE(results.find(key)) << key;
}

TEST_F(FileResultsTest, a_damaged_file_is_removed_and_can_be_written_again) {
  FileResults results = open();
  results.put(stage_record("k1"));
  write_text(directory_.path() / "results" / "k1.json", "{\"key\": \"k1\", \"sta");
  EXPECT_FALSE(results.find("k1"));
  results.put(stage_record("k1", 7));
  EXPECT_EQ(results.find("k1")->seconds, 7);
}

TEST_F(FileResultsTest, a_file_under_another_key_is_not_believed) {
  FileResults results = open();
  results.put(stage_record("k1"));
  std::filesystem::rename(directory_.path() / "results" / "k1.json",
                          directory_.path() / "results" / "k2.json");
  EXPECT_FALSE(results.find("k2"));
}

TEST_F(FileResultsTest, a_half_written_file_does_not_count) {
  FileResults results = open();
  write_text(directory_.path() / "results" / ".k3-abcdef", "{");
  EXPECT_THAT(results.keys(), IsEmpty());
}

TEST_F(FileResultsTest, says_which_file_cannot_be_written) {
  FileResults results = open();
  std::filesystem::remove(directory_.path() / "results");
  EXPECT_THAT(test::message_of([&] { results.put(stage_record("k1")); }),
              AllOf(HasSubstr("k1.json"), HasSubstr("cannot be written")));
}

TEST(Database, adds_a_result_only_where_there_is_none) {
  const TemporaryDirectory directory;
  Database database(directory.path() / "results.sqlite");
  EXPECT_TRUE(database.add_stage(stage_record("k1", 1)));
  EXPECT_FALSE(database.add_stage(stage_record("k1", 2)));
  EXPECT_EQ(database.find_stage("k1")->seconds, 1);
  database.put_stage(stage_record("k1", 3));
  EXPECT_EQ(database.find_stage("k1")->seconds, 3);
}

TEST(NetworkFileSystem, is_told_by_the_number_that_statfs_gives) {
  EXPECT_EQ(network_file_system(0x6969UL), "NFS");
  EXPECT_EQ(network_file_system(0x0BD00BD0UL), "Lustre");
  EXPECT_EQ(network_file_system(0x47504653UL), "GPFS");
  // As a signed number of 32 bits gives it.
  EXPECT_EQ(network_file_system(static_cast<unsigned long>(static_cast<int>(0xFF534D42U))), "CIFS");
  EXPECT_EQ(network_file_system(0xEF53UL), "");      // ext4
  EXPECT_EQ(network_file_system(0x01021994UL), "");  // tmpfs
}

TEST(NetworkFileSystem, is_looked_for_where_a_missing_file_would_be_made) {
  const TemporaryDirectory directory;
  EXPECT_EQ(network_file_system(directory.path() / "deeper" / "results.sqlite"), "");
}

TEST(NetworkFileSystem, keeps_a_store_away_with_one_line) {
  EXPECT_EQ(test::message_of([] { refuse_network_file_system("/home/me/results.sqlite", "NFS"); }),
            "/home/me/results.sqlite: the store lies on NFS, where SQLite cannot keep it from "
            "damage (name a file on a disk of this machine with --store or QUANTBENCH_STORE)");
  refuse_network_file_system("/home/me/results.sqlite", "");
}

}  // namespace
}  // namespace quantbench::store
