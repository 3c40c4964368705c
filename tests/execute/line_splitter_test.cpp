#include "quantbench/execute/line_splitter.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace quantbench::execute {
namespace {

using testing::ElementsAre;

class LineSplitterTest : public testing::Test {
 protected:
  LineSplitter::OnLine collect() {
    return [this](std::string line, LineSplitter::Length length) {
      lines_.push_back(std::move(line) + (length == LineSplitter::Length::kCut ? " (cut)" : ""));
    };
  }

  std::vector<std::string> lines_;
};

TEST_F(LineSplitterTest, puts_lines_together_from_pieces) {
  LineSplitter splitter(100);
  for (const char* piece : {"a", "b\nc", "\n\nd\ne", "f"}) splitter.add(piece, collect());
  EXPECT_THAT(lines_, ElementsAre("ab", "c", "", "d"));
  splitter.finish(collect());
  splitter.finish(collect());
  EXPECT_THAT(lines_, ElementsAre("ab", "c", "", "d", "ef"));
}

TEST_F(LineSplitterTest, gives_the_beginning_of_a_long_line_and_drops_its_rest) {
  LineSplitter splitter(4);
  splitter.add("1234\n12345\n123", collect());
  EXPECT_THAT(lines_, ElementsAre("1234", "1234 (cut)"));
  splitter.add("45678", collect());
  EXPECT_THAT(lines_, ElementsAre("1234", "1234 (cut)", "1234 (cut)"));
  splitter.add("9\nx\n", collect());
  EXPECT_THAT(lines_, ElementsAre("1234", "1234 (cut)", "1234 (cut)", "x"));
  splitter.add("12345", collect());
  splitter.finish(collect());
  EXPECT_THAT(lines_, ElementsAre("1234", "1234 (cut)", "1234 (cut)", "x", "1234 (cut)"));
}

TEST_F(LineSplitterTest, looks_through_a_line_of_many_pieces_once) {
  constexpr std::size_t kPieces = 512;
  const std::string piece(std::size_t{1} << 12, 'x');
  LineSplitter splitter(std::size_t{1} << 30);
  for (std::size_t i = 0; i < kPieces; ++i) splitter.add(piece, collect());
  splitter.add("\n", collect());
  ASSERT_EQ(lines_.size(), 1U);
  EXPECT_EQ(lines_.front().size(), kPieces * piece.size());
  EXPECT_LE(splitter.bytes_searched(), kPieces * piece.size() + 1);
}

}  // namespace
}  // namespace quantbench::execute
