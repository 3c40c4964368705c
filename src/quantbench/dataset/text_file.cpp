#include "quantbench/dataset/text_file.h"

#include <algorithm>
#include <span>

#include "quantbench/base/error.h"
#include "quantbench/base/memory.h"
#include "quantbench/base/utf8.h"

namespace quantbench::dataset {

namespace {

constexpr std::size_t kPiece = std::size_t{4} << 20;
constexpr std::size_t kLongestCodePoint = 4;

}  // namespace

TextFile::TextFile(const std::filesystem::path& path) : file_(MappedFile::open(path)) {
  const auto bytes = file_->bytes();
  text_ = {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text_.starts_with(kByteOrderMark)) text_.remove_prefix(kByteOrderMark.size());
}

void TextFile::require_utf8(std::size_t end) {
  end = std::min(end, text_.size());
  while (checked_ < end) {
    const std::string_view piece = text_.substr(checked_, kPiece);
    const std::size_t valid = valid_utf8_prefix(piece);
    // The last code point of a piece may continue in the next piece.
    const bool cut = checked_ + piece.size() < text_.size() &&
                     piece.size() - valid < kLongestCodePoint && valid > 0;
    if (valid < piece.size() && !cut) {
      const auto line =
          1 + std::count(text_.begin(), text_.begin() + static_cast<long>(checked_ + valid), '\n');
      throw Error("not valid UTF-8", place(static_cast<std::size_t>(line)),
                  "save the file in the encoding UTF-8");
    }
    // The next text is read soon; the text before it is not needed any more.
    if (checked_ >= kPiece) release(0, checked_ - kPiece);
    checked_ += valid;
  }
}

void TextFile::passed(std::size_t offset) {
  if (offset < passed_) passed_ = offset;
  if (offset - passed_ < kPiece) return;
  release(passed_, offset);
  passed_ = offset;
}

void TextFile::release(std::size_t first, std::size_t end) {
  release_pages(std::as_bytes(std::span(text_.substr(first, end - first))));
}

}  // namespace quantbench::dataset
