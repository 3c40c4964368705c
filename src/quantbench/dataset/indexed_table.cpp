#include "quantbench/dataset/indexed_table.h"

#include <algorithm>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "quantbench/base/error.h"

namespace quantbench::dataset {

namespace {

constexpr std::size_t kRowsAMark = 256;

}  // namespace

IndexedTable::IndexedTable(std::shared_ptr<TextFile> file, std::unique_ptr<RowReader> reader,
                           std::vector<std::string> columns, std::size_t max_rows)
    : file_(std::move(file)), reader_(std::move(reader)), columns_(file_->path()) {
  for (const std::string& column : columns) columns_.add(column);
  look_through(max_rows, columns.empty());
}

void IndexedTable::look_through(std::size_t max_rows, bool read) {
  while (max_rows == 0 || size_ < max_rows) {
    const RowReader::Position start = reader_->position();
    file_->require_utf8(start.offset + TextFile::kLookAhead);
    if (read) {
      const auto row = reader_->next();
      if (!row) break;
      add_columns(*row);
    } else if (!reader_->look_at()) {
      break;
    }
    if (size_ % kRowsAMark == 0) marks_.push_back(start);
    ++size_;
    file_->passed(start.offset);
  }
  next_ = size_;
}

void IndexedTable::add_columns(const Example& row) {
  for (const auto& [column, value] : row.items()) columns_.add(column);
}

void IndexedTable::need_only(const std::vector<std::string>& columns) {
  needed_.emplace();
  for (const std::string& column : columns) {
    if (columns_.contains(column)) needed_->push_back(column);
  }
}

void IndexedTable::fill_in(Example& row) const {
  // A row has no column that the table has not.
  if (row.size() == columns().size()) return;
  std::unordered_set<std::string_view> there;
  for (const auto& [column, value] : row.items()) there.insert(column);
  std::vector<const std::string*> missing;
  for (const std::string& column : needed_ ? *needed_ : columns()) {
    if (!there.contains(column)) missing.push_back(&column);
  }
  for (const std::string* column : missing) append_member(row, *column, nullptr);
}

void IndexedTable::go_to(std::size_t index) {
  if (index >= size_) throw Error("no row " + std::to_string(index + 1), file_->path());
  const std::size_t mark = index / kRowsAMark;
  if (index < next_ || mark > next_ / kRowsAMark) {
    reader_->seek(marks_[mark]);
    next_ = mark * kRowsAMark;
  }
  for (; next_ < index; ++next_) reader_->skip();
}

Example IndexedTable::row(std::size_t index) {
  go_to(index);
  auto row = reader_->next();
  if (!row) throw Error("the file has become shorter", file_->path());
  ++next_;
  file_->passed(reader_->position().offset);
  fill_in(*row);
  return *std::move(row);
}

std::size_t IndexedTable::line(std::size_t index) {
  go_to(index);
  reader_->skip();
  ++next_;
  return reader_->line();
}

std::string_view take_line(std::string_view text, RowReader::Position& at) {
  const std::size_t end = std::min(text.find('\n', at.offset), text.size());
  const std::string_view line = text.substr(at.offset, end - at.offset);
  at.offset = end + 1;
  ++at.number;
  return line;
}

void require_object(const Example& row, const std::string& where) {
  if (row.is_object()) return;
  throw Error(std::string("a row is ") + row.type_name() + ", expected an object", where,
              "each row is {\"column\": value, ...}");
}

}  // namespace quantbench::dataset
