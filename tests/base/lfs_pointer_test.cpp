#include "quantbench/base/lfs_pointer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "quantbench/base/file.h"
#include "quantbench/base/hash.h"
#include "support/message_of.h"

namespace quantbench {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kPointer =
    "version https://git-lfs.github.com/spec/v1\n"
    "oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\n"
    "size 90868376\n";

TEST(LfsPointer, is_refused_wherever_a_file_is_opened) {
  const TemporaryDirectory directory;
  const auto file = directory.path() / "model.safetensors";
  write_text(file, kPointer);
  const std::string expected = file.string() +
                               ": is a Git LFS pointer, not the file itself, which has 90.9 MB "
                               "(fetch it: cd " +
                               directory.path().string() + " && git lfs install && git lfs pull";
  EXPECT_THAT(test::message_of([&] { MappedFile::open(file); }), HasSubstr(expected));
  EXPECT_THAT(test::message_of([&] { read_text(file); }), HasSubstr(expected));
  EXPECT_EQ(sha256_file(file), sha256(kPointer)) << "a hash is that of the bytes";
}

TEST(LfsPointer, may_be_of_an_older_version_or_say_no_size) {
  for (const char* first :
       {"version https://hawser.github.com/spec/v1\n", "version http://git-media.io/v/2\n"}) {
    EXPECT_THAT(test::message_of([&] { refuse_lfs_pointer(std::string_view(first), "x.png"); }),
                HasSubstr("x.png: is a Git LFS pointer, not the file itself (fetch it: cd . &&"));
  }
}

TEST(LfsPointer, is_no_longer_file_and_no_other_text) {
  EXPECT_FALSE(is_lfs_pointer(std::string(kPointer) + std::string(1024, ' ')));
  EXPECT_FALSE(is_lfs_pointer(std::string_view("version https://example.org\n")));
  EXPECT_FALSE(is_lfs_pointer(std::string_view(" version https://git-lfs.github.com/spec/v1")));
  EXPECT_FALSE(is_lfs_pointer(std::string_view()));
}

}  // namespace
}  // namespace quantbench
