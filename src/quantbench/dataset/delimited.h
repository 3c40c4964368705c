#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "quantbench/dataset/dataset.h"

namespace quantbench::dataset {

/// How fields are told apart in a file of one record a line.
struct Dialect {
  char separator = ',';
  /// Whether a field may stand in double quotes (RFC 4180: "" inside for one quote, separators and
  /// line breaks are then text). Without: a quote is a character like any other.
  enum class Quotes { kRfc4180, kNone } quotes = Quotes::kRfc4180;
};

/// Takes records off a text one after the other. Lines end in LF or CRLF; empty lines are skipped.
class RecordReader {
 public:
  /// `file` stands for the file in messages.
  RecordReader(std::string_view text, Dialect dialect, std::string file);

  /// False at the end. Throws Error (quote that is never closed, text behind a closing quote, more
  /// than kMaxColumns fields).
  bool next(std::vector<std::string>& fields);
  /// Line on which the record last read starts, from 1.
  std::size_t line() const { return line_; }
  /// Where the next record starts, and the lines before it.
  std::size_t offset() const { return cursor_; }
  std::size_t lines() const { return next_line_ - 1; }
  void seek(std::size_t offset, std::size_t lines) {
    cursor_ = offset;
    next_line_ = lines + 1;
  }

 private:
  void skip_empty_lines();
  void read_plain_line(std::vector<std::string>& fields);
  void read_quoted_record(std::vector<std::string>& fields);
  void add_field(std::vector<std::string>& fields, std::string field) const;
  /// Moves behind the quoted field at the cursor and gives its text.
  std::string quoted_field();
  bool at_line_end() const;
  void skip_line_end();
  std::string place(std::size_t line) const { return file_ + ":" + std::to_string(line); }

  std::string_view text_;
  Dialect dialect_;
  std::string file_;
  std::size_t cursor_ = 0;
  std::size_t next_line_ = 1;
  std::size_t line_ = 0;
};

/// A file with a header line. A column is of integers or floats when all of its cells are, and text
/// otherwise, however many of its cells look like numbers; an empty cell in a column of numbers is
/// null. Text is kept as it stands: no cell is taken for a missing value ("NA", "null"), as the
/// `datasets` CSV reader does with some. An integer is written as an integer prints ("007" and "+1"
/// are text), so no text is lost by typing.
///
/// The types come from the first `max_rows` rows (0: all) and are found while rows are counted: the
/// file is read once and never held as a whole. Throws Error with file and line: no header, a
/// repeated column, or a wrong number of fields.
std::unique_ptr<Table> open_delimited(const std::filesystem::path& path, Dialect dialect,
                                      std::size_t max_rows);

}  // namespace quantbench::dataset
