#include "quantbench/base/hash.h"

#include <gtest/gtest.h>

#include "quantbench/base/file.h"

namespace quantbench {
namespace {

// `printf 'hello\n' | git hash-object --stdin` and `git hash-object /dev/null`.
TEST(GitBlob, sha1_is_that_of_git_hash_object) {
  const TemporaryDirectory directory;
  write_text(directory.path() / "hello", "hello\n");
  write_text(directory.path() / "empty", "");
  EXPECT_EQ(git_blob_sha1_file(directory.path() / "hello"),
            "ce013625030ba8dba906f756967f9e9ca394464a");
  EXPECT_EQ(git_blob_sha1_file(directory.path() / "empty"),
            "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
}

// FIPS 180-4's example.
TEST(Sha256, of_abc_is_the_standards) {
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

// RFC 1321's examples.
TEST(Md5, of_the_standards_texts) {
  Md5 empty;
  EXPECT_EQ(empty.finish(), "d41d8cd98f00b204e9800998ecf8427e");
  Md5 alphabet;
  alphabet.update("abcdefghijklm");
  alphabet.update("nopqrstuvwxyz");
  EXPECT_EQ(alphabet.finish(), "c3fcd3d76192e4007dfb496cca67e13b");
}

TEST(Hashes, are_told_from_other_texts) {
  EXPECT_TRUE(is_hash(sha256("abc"), 64));
  EXPECT_FALSE(is_hash(sha256("abc"), 40));
  EXPECT_FALSE(is_hash("BA7816BF", 8));
  EXPECT_FALSE(is_hash("ba7816bg", 8));
}

}  // namespace
}  // namespace quantbench
