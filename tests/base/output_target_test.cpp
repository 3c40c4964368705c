// AtomicFile where the output is a link, a FIFO, a device or a descriptor.

#include "quantbench/base/output_target.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <string>
#include <thread>

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "support/message_of.h"

namespace quantbench {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class OutputTest : public ::testing::Test {
 protected:
  fs::path path(const std::string& name) const { return directory_.path() / name; }
  std::string refusal(const fs::path& output) const {
    return test::message_of([&] { write_text(output, "new"); });
  }

 private:
  TemporaryDirectory directory_;
};

std::size_t count_entries(const fs::path& directory) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(directory), fs::directory_iterator()));
}

TEST_F(OutputTest, AtomicFile_replaces_the_file_at_the_end_of_a_link) {
  write_text(path("elsewhere/real"), "old");
  fs::create_symlink("elsewhere/real", path("second"));
  fs::create_symlink(path("second"), path("first"));
  write_text(path("first"), "new");
  EXPECT_TRUE(fs::is_symlink(path("first")));
  EXPECT_TRUE(fs::is_symlink(path("second")));
  EXPECT_EQ(read_text(path("elsewhere/real")), "new");
  EXPECT_EQ(count_entries(path("elsewhere")), 1U) << "a temporary file was left behind";
}

TEST_F(OutputTest, AtomicFile_makes_the_file_that_a_link_names) {
  fs::create_directory(path("elsewhere"));
  fs::create_symlink("elsewhere/real", path("link"));
  write_text(path("link"), "new");
  EXPECT_TRUE(fs::is_symlink(path("link")));
  EXPECT_EQ(read_text(path("elsewhere/real")), "new");
}

TEST_F(OutputTest, AtomicFile_replaces_the_link_itself_where_others_may_have_put_it) {
  write_text(path("victim"), "old");
  fs::create_symlink("victim", path("link"));
  write_text(path("link"), "new", AtomicFile::Target::kReplaced);
  EXPECT_FALSE(fs::is_symlink(path("link")));
  EXPECT_EQ(read_text(path("victim")), "old");
  EXPECT_EQ(read_text(path("link")), "new");
}

TEST_F(OutputTest, AtomicFile_writes_through_a_fifo) {
  ASSERT_EQ(::mkfifo(path("fifo").c_str(), 0600), 0);
  std::string received;
  std::thread reader([&] {
    const int descriptor = ::open(path("fifo").c_str(), O_RDONLY);
    std::array<char, 65536> buffer;
    for (ssize_t size; (size = ::read(descriptor, buffer.data(), buffer.size())) > 0;) {
      received.append(buffer.data(), static_cast<std::size_t>(size));
    }
    ::close(descriptor);
  });
  const std::string text(3 << 20, 'x');
  AtomicFile file(path("fifo"));
  file.reserve(text.size());
  file.write(text);
  file.write("end");
  file.commit();
  reader.join();
  EXPECT_EQ(received, text + "end");
  EXPECT_TRUE(fs::is_fifo(path("fifo")));
  EXPECT_EQ(count_entries(path("")), 1U);
}

TEST_F(OutputTest, AtomicFile_refuses_a_fifo_that_nothing_reads) {
  ASSERT_EQ(::mkfifo(path("fifo").c_str(), 0600), 0);
  EXPECT_THAT(refusal(path("fifo")), HasSubstr("fifo: is a FIFO that no process reads"));
  EXPECT_TRUE(fs::is_fifo(path("fifo")));
}

TEST_F(OutputTest, AtomicFile_writes_through_a_device) {
  fs::create_symlink("/dev/null", path("null"));
  fs::create_symlink("/dev/full", path("full"));
  write_text(path("null"), "text");
  EXPECT_THAT(refusal(path("full")), HasSubstr("full: cannot write: No space left on device"));
  EXPECT_TRUE(fs::is_symlink(path("null")));
  EXPECT_TRUE(fs::is_symlink(path("full")));
}

TEST_F(OutputTest, AtomicFile_refuses_a_directory_a_socket_and_a_circle_of_links) {
  fs::create_directory(path("directory"));
  EXPECT_THAT(refusal(path("directory")), HasSubstr("directory: is a directory"));
  EXPECT_THAT(refusal(path("new/")), HasSubstr("is a directory"));
  EXPECT_THAT(refusal(""), HasSubstr("the name of an output is empty"));

  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path("socket").c_str(), sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  EXPECT_THAT(refusal(path("socket")), HasSubstr("socket: is a socket"));
  ::close(socket);

  fs::create_symlink("b", path("a"));
  fs::create_symlink("a", path("b"));
  EXPECT_THAT(refusal(path("a")), HasSubstr("a: cannot write: Too many levels of symbolic links"));
}

TEST_F(OutputTest, AtomicFile_goes_on_where_a_descriptor_is) {
  const int descriptor = ::open(path("log").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  ASSERT_EQ(::write(descriptor, "before ", 7), 7);
  write_text("/dev/fd/" + std::to_string(descriptor), "new");
  ASSERT_EQ(::write(descriptor, " after", 6), 6);
  ::close(descriptor);
  EXPECT_EQ(read_text(path("log")), "before new after");
}

TEST_F(OutputTest, AtomicFile_gives_the_permissions_that_the_umask_leaves) {
  const mode_t former = ::umask(027);
  write_text(path("file"), "text");
  ::umask(former);
  struct stat status {};
  ASSERT_EQ(::stat(path("file").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0640U);
}

TEST_F(OutputTest, AtomicFile_takes_the_longest_name_that_a_file_may_have) {
  const std::string name(255, 'n');
  write_text(path(name), "text");
  EXPECT_EQ(read_text(path(name)), "text");
}

TEST_F(OutputTest, require_regular_output_lets_links_and_new_files_pass) {
  ASSERT_EQ(::mkfifo(path("fifo").c_str(), 0600), 0);
  write_text(path("file"), "");
  fs::create_symlink("file", path("link"));
  require_regular_output(path("file"));
  require_regular_output(path("link"));
  require_regular_output(path("new"));
  EXPECT_THROW(require_regular_output(path("fifo")), Error);
  EXPECT_THROW(require_regular_output("/dev/null"), Error);
}

}  // namespace
}  // namespace quantbench
