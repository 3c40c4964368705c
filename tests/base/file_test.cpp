#include "quantbench/base/file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <vector>

#include "quantbench/base/error.h"
#include "quantbench/base/hash.h"

namespace {

/// System calls of the library: "start writing", "sync file", "rename", "sync directory".
std::vector<std::string> calls;

}  // namespace

// Replaces the C library's function.
extern "C" int fsync(int descriptor) {
  struct stat status {};
  ::fstat(descriptor, &status);
  calls.emplace_back(S_ISDIR(status.st_mode) ? "sync directory" : "sync file");
  return static_cast<int>(::syscall(SYS_fsync, descriptor));
}

extern "C" int sync_file_range(int, off64_t, off64_t, unsigned int) {
  calls.emplace_back("start writing");
  return 0;
}

extern "C" int rename(const char* from, const char* to) noexcept {
  calls.emplace_back("rename");
  return static_cast<int>(::syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
}

namespace quantbench {
namespace {

using ::testing::ElementsAre;

std::size_t entries(const std::filesystem::path& directory) {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(directory)) ++count;
  return count;
}

TEST(AtomicFile, keeps_the_old_content_until_commit) {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "deep" / "result.json";
  write_text(path, "old");
  {
    AtomicFile file(path);
    file.write("half of the new");
    EXPECT_EQ(read_text(path), "old");
  }
  EXPECT_EQ(read_text(path), "old");
  EXPECT_EQ(entries(path.parent_path()), 1U) << "a temporary file was left behind";
  AtomicFile file(path);
  file.write(std::string(3 << 20, 'x'));
  file.write("end");
  file.commit();
  EXPECT_EQ(read_text(path).size(), (3U << 20) + 3U);
  EXPECT_EQ(entries(path.parent_path()), 1U);
}

TEST(AtomicFile, holds_no_more_than_what_was_written_of_what_was_reserved) {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "model.onnx";
  AtomicFile file(path);
  file.reserve(3 << 20);
  file.write("short");
  file.commit();
  EXPECT_EQ(read_text(path), "short");
}

// Otherwise a power cut would leave neither the old nor the new content.
TEST(AtomicFile, is_on_its_way_to_the_disk_before_it_replaces_another) {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "model.onnx";
  const auto write = [&] {
    calls.clear();
    AtomicFile file(path);
    file.write("weights");
    file.commit();
  };
  write();
  EXPECT_THAT(calls, ElementsAre("rename"));
  write();
  EXPECT_THAT(calls, ElementsAre("start writing", "rename"));
}

TEST(WriteText, has_the_text_on_the_disk_before_it_replaces_another) {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "results.json";
  calls.clear();
  write_text(path, "new");
  EXPECT_THAT(calls, ElementsAre("rename"));
  calls.clear();
  write_text(path, "newer");
  EXPECT_THAT(calls, ElementsAre("sync file", "rename", "sync directory"));
  EXPECT_EQ(read_text(path), "newer");
}

TEST(AtomicFile, says_which_file_could_not_be_created) {
  const TemporaryDirectory directory;
  write_text(directory.path() / "plain", "");
  try {
    AtomicFile file(directory.path() / "plain" / "below");
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("plain/below: cannot create file"), std::string::npos)
        << error.what();
  }
}

TEST(MappedFile, maps_an_empty_file_to_no_bytes) {
  const TemporaryDirectory directory;
  write_text(directory.path() / "empty", "");
  EXPECT_TRUE(MappedFile::open(directory.path() / "empty")->bytes().empty());
}

TEST(MappedFile, refuses_what_is_not_a_file) {
  const TemporaryDirectory directory;
  EXPECT_THROW(MappedFile::open(directory.path()), Error);
  EXPECT_THROW(MappedFile::open(directory.path() / "missing"), Error);
}

// FIPS 180-4, appendix: SHA-256 of "abc".
TEST(Sha256, agrees_with_the_standard_whole_or_in_pieces) {
  const std::string expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  EXPECT_EQ(sha256("abc"), expected);
  Sha256 hash;
  hash.update("a");
  hash.update("bc");
  EXPECT_EQ(hash.finish(), expected);
  const TemporaryDirectory directory;
  write_text(directory.path() / "abc", "abc");
  EXPECT_EQ(sha256_file(directory.path() / "abc"), expected);
}

}  // namespace
}  // namespace quantbench
