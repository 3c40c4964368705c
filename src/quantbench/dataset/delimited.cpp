#include "quantbench/dataset/delimited.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/dataset/column_names.h"
#include "quantbench/dataset/indexed_table.h"
#include "quantbench/dataset/text_file.h"

namespace quantbench::dataset {

RecordReader::RecordReader(std::string_view text, Dialect dialect, std::string file)
    : text_(text), dialect_(dialect), file_(std::move(file)) {}

bool RecordReader::at_line_end() const {
  return cursor_ >= text_.size() || text_[cursor_] == '\n' ||
         (text_[cursor_] == '\r' && cursor_ + 1 < text_.size() && text_[cursor_ + 1] == '\n');
}

void RecordReader::skip_line_end() {
  if (cursor_ >= text_.size()) return;
  cursor_ += text_[cursor_] == '\r' ? 2 : 1;
  ++next_line_;
}

void RecordReader::skip_empty_lines() {
  while (cursor_ < text_.size() && at_line_end()) skip_line_end();
}

bool RecordReader::next(std::vector<std::string>& fields) {
  skip_empty_lines();
  if (cursor_ >= text_.size()) return false;
  line_ = next_line_;
  fields.clear();
  if (dialect_.quotes == Dialect::Quotes::kNone) {
    read_plain_line(fields);
  } else {
    read_quoted_record(fields);
  }
  skip_line_end();
  return true;
}

void RecordReader::read_plain_line(std::vector<std::string>& fields) {
  const std::size_t end = std::min(text_.find('\n', cursor_), text_.size());
  std::string_view line = text_.substr(cursor_, end - cursor_);
  if (line.ends_with('\r')) line.remove_suffix(1);
  cursor_ += line.size();
  while (true) {
    const std::size_t separator = line.find(dialect_.separator);
    add_field(fields, std::string(line.substr(0, separator)));
    if (separator == std::string_view::npos) return;
    line.remove_prefix(separator + 1);
  }
}

void RecordReader::read_quoted_record(std::vector<std::string>& fields) {
  while (true) {
    if (cursor_ < text_.size() && text_[cursor_] == '"') {
      add_field(fields, quoted_field());
    } else {
      const std::size_t start = cursor_;
      while (!at_line_end() && text_[cursor_] != dialect_.separator) ++cursor_;
      add_field(fields, std::string(text_.substr(start, cursor_ - start)));
    }
    if (at_line_end()) return;
    ++cursor_;  // the separator
  }
}

void RecordReader::add_field(std::vector<std::string>& fields, std::string field) const {
  if (fields.size() == kMaxColumns) refuse_columns(place(line_));
  fields.push_back(std::move(field));
}

std::string RecordReader::quoted_field() {
  const std::size_t opened_on = next_line_;
  std::string field;
  ++cursor_;
  while (true) {
    const std::size_t quote = text_.find('"', cursor_);
    if (quote == std::string_view::npos) {
      throw Error("a quoted field is never closed", place(opened_on),
                  "double the quotes inside a quoted field");
    }
    const std::string_view piece = text_.substr(cursor_, quote - cursor_);
    next_line_ += static_cast<std::size_t>(std::count(piece.begin(), piece.end(), '\n'));
    field += piece;
    cursor_ = quote + 1;
    const bool doubled = cursor_ < text_.size() && text_[cursor_] == '"';
    if (!doubled) break;
    field += '"';
    ++cursor_;
  }
  if (!at_line_end() && text_[cursor_] != dialect_.separator) {
    throw Error("text behind the closing quote of a field", place(next_line_),
                "double the quotes inside a quoted field");
  }
  return field;
}

namespace {

/// What all cells of a column are; each kind takes in those before it.
enum class Kind { kEmpty, kInteger, kFloat, kText };

bool is_integer(std::string_view cell) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  return error == std::errc() && end == cell.data() + cell.size() && std::to_string(value) == cell;
}

bool is_float(std::string_view cell) {
  if (cell.find_first_not_of("0123456789+-.eE") != std::string_view::npos) return false;
  if (cell.find_first_of(".eE") == std::string_view::npos) return is_integer(cell);
  double value = 0;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  return error == std::errc() && end == cell.data() + cell.size() && std::isfinite(value);
}

/// The kind of a column of `kind` so far with one more cell, which is not empty.
Kind kind_with(Kind kind, std::string_view cell) {
  if (kind == Kind::kText) return kind;
  if (kind != Kind::kFloat && is_integer(cell)) return Kind::kInteger;
  return is_float(cell) ? Kind::kFloat : Kind::kText;
}

class DelimitedReader final : public RowReader {
 public:
  DelimitedReader(std::shared_ptr<TextFile> file, Dialect dialect)
      : file_(std::move(file)), dialect_(dialect), reader_(file_->text(), dialect, file_->path()) {
    file_->require_utf8(1);
    read_header();
    kinds_.assign(columns().size(), Kind::kEmpty);
  }

  const std::vector<std::string>& columns() const { return columns_.all(); }
  std::size_t line() const override { return reader_.line(); }
  Position position() const override { return {reader_.offset(), reader_.lines(), 0}; }
  void seek(const Position& position) override { reader_.seek(position.offset, position.number); }
  bool skip() override { return reader_.next(fields_); }

  bool look_at() override {
    if (!read_fields()) return false;
    for (std::size_t i = 0; i < fields_.size(); ++i) {
      if (!fields_[i].empty()) kinds_[i] = kind_with(kinds_[i], fields_[i]);
    }
    return true;
  }

  std::optional<Example> next() override {
    if (!read_fields()) return std::nullopt;
    Example row = Example::object();
    for (std::size_t i = 0; i < fields_.size(); ++i) {
      append_member(row, columns()[i], value(fields_[i], i));
    }
    return row;
  }

 private:
  void read_header() {
    if (!reader_.next(fields_)) {
      throw Error("no header line", file_->path(), "the first line names the columns");
    }
    for (std::size_t i = 0; i < fields_.size(); ++i) {
      // What pandas calls the column of row numbers that it writes itself.
      if (fields_[i].empty()) fields_[i] = "Unnamed: " + std::to_string(i);
      if (!columns_.add(fields_[i])) {
        throw Error("column '" + fields_[i] + "' is named twice", file_->place(reader_.line()));
      }
    }
  }

  bool read_fields() {
    if (!reader_.next(fields_)) return false;
    if (fields_.size() != columns().size()) refuse_count(fields_.size(), reader_.line());
    return true;
  }

  [[noreturn]] void refuse_count(std::size_t found, std::size_t line) const {
    std::string hint;
    if (dialect_.quotes == Dialect::Quotes::kNone) {
      hint = "tab-separated files are read without quoting; quoted fields belong in a .csv file";
    }
    throw Error(
        std::to_string(found) + " fields where the header has " + std::to_string(columns().size()),
        file_->place(line), hint);
  }

  Json value(const std::string& cell, std::size_t column) const {
    if (kinds_[column] == Kind::kText || kinds_[column] == Kind::kEmpty) return cell;
    if (cell.empty()) return nullptr;
    const char* end = cell.data() + cell.size();
    if (kinds_[column] == Kind::kInteger) {
      std::int64_t number = 0;
      std::from_chars(cell.data(), end, number);
      return number;
    }
    double number = 0;
    std::from_chars(cell.data(), end, number);
    return number;
  }

  std::shared_ptr<TextFile> file_;
  Dialect dialect_;
  RecordReader reader_;
  ColumnNames columns_{file_->path()};
  std::vector<Kind> kinds_;
  std::vector<std::string> fields_;
};

}  // namespace

std::unique_ptr<Table> open_delimited(const std::filesystem::path& path, Dialect dialect,
                                      std::size_t max_rows) {
  auto file = std::make_shared<TextFile>(path);
  auto reader = std::make_unique<DelimitedReader>(file, dialect);
  std::vector<std::string> columns = reader->columns();
  return std::make_unique<IndexedTable>(std::move(file), std::move(reader), std::move(columns),
                                        max_rows);
}

}  // namespace quantbench::dataset
