#include "quantbench/base/diagnostics.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "quantbench/base/file.h"

namespace quantbench {
namespace {

class DiagnosticsTest : public ::testing::Test {
 protected:
  DiagnosticsTest()
      : descriptor_(::open(path().c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)),
        stream(descriptor_) {}
  ~DiagnosticsTest() override { ::close(descriptor_); }
  std::filesystem::path path() const { return directory_.path() / "stderr"; }
  std::string written() const { return read_text(path()); }

 private:
  TemporaryDirectory directory_;
  int descriptor_;

 protected:
  DiagnosticStream stream;
};

TEST_F(DiagnosticsTest, a_line_takes_the_place_of_the_live_line) {
  stream.show_live("50%");
  stream.print("warning");
  stream.clear_live();
  stream.show_live("60%");
  stream.clear_live();
  EXPECT_EQ(written(), "\r\x1b[K50%\r\x1b[Kwarning\n\r\x1b[K60%\r\x1b[K");
}

TEST_F(DiagnosticsTest, lines_of_several_threads_stay_whole) {
  constexpr int kLines = 500;
  std::vector<std::thread> threads;
  for (const char letter : {'a', 'b', 'c'}) {
    threads.emplace_back([this, letter] {
      for (int i = 0; i < kLines; ++i) {
        stream.show_live("bar");
        stream.print(std::string(200, letter));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::istringstream lines(written());
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    const std::string text = line.substr(line.rfind('K') + 1);
    EXPECT_EQ(text, std::string(200, text[0]));
  }
  EXPECT_EQ(count, 3 * kLines);
}

TEST(Diagnostics, are_lost_without_a_word_where_they_cannot_be_written) {
  DiagnosticStream closed(-1);
  closed.print("warning");
  closed.show_live("50%");
  closed.clear_live();
  const int descriptor = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  DiagnosticStream full(descriptor);
  full.print("warning");
  full.show_live("50%");
  full.clear_live();
  ::close(descriptor);
}

}  // namespace
}  // namespace quantbench
