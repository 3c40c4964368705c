// Mapped files that get shorter while they are read; FIFOs and devices in place of files.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include <numeric>
#include <string>
#include <vector>

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/base/hash.h"
#include "support/message_of.h"

namespace quantbench {
namespace {

using ::testing::HasSubstr;

constexpr std::size_t kSize = std::size_t{3} << 20;

class ShrinkingFile : public ::testing::Test {
 protected:
  void SetUp() override { write_text(path(), std::string(kSize, 'x')); }

  std::filesystem::path path() const { return directory_.path() / "weights"; }
  std::filesystem::path output() const { return directory_.path() / "output"; }
  void shrink() const { std::filesystem::resize_file(path(), 100); }

  /// Reads every byte; those that are gone as zeros.
  static std::size_t sum(std::span<const std::byte> bytes) {
    std::size_t out = 0;
    for (const std::byte byte : bytes) out += std::to_integer<std::size_t>(byte);
    return out;
  }

 private:
  TemporaryDirectory directory_;
};

TEST_F(ShrinkingFile, is_an_error_and_no_signal) {
  auto file = MappedFile::open(path());
  shrink();
  EXPECT_LT(sum(file->bytes()), kSize * 'x');
  EXPECT_THAT(test::message_of(throw_if_file_shrank), HasSubstr("weights: got shorter"));
  EXPECT_THROW(throw_if_file_shrank(), FileShrank) << "as long as it is mapped";
  file.reset();
  EXPECT_NO_THROW(throw_if_file_shrank());
}

TEST_F(ShrinkingFile, is_told_once_after_it_was_closed) {
  auto file = MappedFile::open(path());
  shrink();
  EXPECT_LT(sum(file->bytes()), kSize * 'x');
  file.reset();
  EXPECT_THROW(throw_if_file_shrank(), FileShrank);
  EXPECT_NO_THROW(throw_if_file_shrank());
}

TEST_F(ShrinkingFile, is_no_error_as_long_as_nobody_reads_what_is_gone) {
  const auto file = MappedFile::open(path());
  shrink();
  EXPECT_EQ(sum(file->bytes().first(100)), 100U * 'x');
  EXPECT_NO_THROW(throw_if_file_shrank());
}

TEST_F(ShrinkingFile, leaves_no_output_that_was_made_of_it) {
  const auto file = MappedFile::open(path());
  AtomicFile out(output());
  shrink();
  // The system call reads it here, and says EFAULT.
  EXPECT_THROW(out.write(file->bytes()), FileShrank);
  // Here it is read before it is written.
  out.write(std::to_string(sum(file->bytes())));
  EXPECT_THROW(out.commit(), FileShrank);
  EXPECT_FALSE(std::filesystem::exists(output()));
}

TEST_F(ShrinkingFile, explains_an_error_about_its_content) {
  const auto file = MappedFile::open(path());
  shrink();
  EXPECT_THROW(explained_by_files([&] {
                 if (sum(file->bytes()) < kSize * 'x') throw Error("the sum is wrong");
               }),
               FileShrank);
  EXPECT_EQ(explained_by_files([] { return 3; }), 3);
}

TEST_F(ShrinkingFile, is_known_among_many) {
  std::vector<std::shared_ptr<const MappedFile>> others;
  for (int i = 0; i < 200; ++i) {
    const auto name = path().parent_path() / std::to_string(i);
    write_text(name, "content");
    others.push_back(MappedFile::open(name));
  }
  const auto file = MappedFile::open(path());
  shrink();
  EXPECT_LT(sum(file->bytes()), kSize * 'x');
  EXPECT_THAT(test::message_of(throw_if_file_shrank), HasSubstr("weights"));
}

TEST_F(ShrinkingFile, leaves_other_bus_errors_as_they_were) {
  const auto file = MappedFile::open(path());
#if defined(__SANITIZE_ADDRESS__)
  EXPECT_DEATH(::raise(SIGBUS), "AddressSanitizer: BUS");  // its handler was there before ours
#else
  EXPECT_EXIT(::raise(SIGBUS), ::testing::KilledBySignal(SIGBUS), "");
#endif
}

TEST(MappedFile, refuses_a_fifo_and_does_not_wait_for_it) {
  const TemporaryDirectory directory;
  const auto fifo = directory.path() / "fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_THAT(test::message_of([&] { read_text(fifo); }), HasSubstr("is not a regular file"));
  EXPECT_THAT(test::message_of([&] { sha256_file(fifo); }), HasSubstr("is not a regular file"));
  EXPECT_THAT(test::message_of([] { read_text("/dev/null"); }), HasSubstr("is not a regular file"));
}

}  // namespace
}  // namespace quantbench
