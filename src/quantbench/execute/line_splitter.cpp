#include "quantbench/execute/line_splitter.h"

#include <algorithm>
#include <utility>

namespace quantbench::execute {

std::size_t LineSplitter::end_of_line(std::string_view text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  bytes_searched_ += end;
  return end;
}

void LineSplitter::add(std::string_view piece, const OnLine& on_line) {
  while (!piece.empty()) {
    const std::size_t end = end_of_line(piece);
    if (!drops_) {
      pending_.append(piece.substr(0, std::min(end, longest_ + 1 - pending_.size())));
      if (pending_.size() > longest_) {
        pending_.resize(longest_);
        on_line(std::exchange(pending_, {}), Length::kCut);
        drops_ = true;
      }
    }
    if (end == piece.size()) return;
    if (!drops_) on_line(std::exchange(pending_, {}), Length::kWhole);
    drops_ = false;
    piece.remove_prefix(end + 1);
  }
}

void LineSplitter::finish(const OnLine& on_line) {
  if (!pending_.empty()) on_line(std::exchange(pending_, {}), Length::kWhole);
}

}  // namespace quantbench::execute
