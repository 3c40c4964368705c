#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace quantbench::execute {

/// Puts lines together from the pieces in which a process writes them. A line without end takes
/// bounded memory, and a line of many pieces is looked through once.
class LineSplitter {
 public:
  enum class Length {
    kWhole,
    kCut,  ///< the line goes on: this is its beginning, and the rest is dropped
  };
  using OnLine = std::function<void(std::string line, Length length)>;

  /// Lines of more than `longest` bytes are cut.
  explicit LineSplitter(std::size_t longest) : longest_(longest) {}

  /// Calls `on_line` for each line that ends in the piece, and as soon as one is too long.
  void add(std::string_view piece, const OnLine& on_line);
  /// No more comes: what is left is a line.
  void finish(const OnLine& on_line);

  /// Bytes in which an end of line was looked for so far.
  std::uint64_t bytes_searched() const { return bytes_searched_; }

 private:
  std::size_t end_of_line(std::string_view text);

  std::size_t longest_;
  std::string pending_;
  bool drops_ = false;  ///< in a line whose beginning was given
  std::uint64_t bytes_searched_ = 0;
};

}  // namespace quantbench::execute
