#include "quantbench/dataset/text_file.h"

#include <algorithm>

#include "quantbench/base/error.h"
#include "quantbench/base/utf8.h"

namespace quantbench::dataset {

TextFile::TextFile(const std::filesystem::path& path) : file_(MappedFile::open(path)) {
  const auto bytes = file_->bytes();
  text_ = {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text_.starts_with(kByteOrderMark)) text_.remove_prefix(kByteOrderMark.size());
  const std::size_t valid = valid_utf8_prefix(text_);
  if (valid == text_.size()) return;
  const auto line = 1 + std::count(text_.begin(), text_.begin() + static_cast<long>(valid), '\n');
  throw Error("not valid UTF-8", place(static_cast<std::size_t>(line)),
              "save the file in the encoding UTF-8");
}

}  // namespace quantbench::dataset
