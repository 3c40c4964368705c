#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "quantbench/dataset/column_names.h"
#include "quantbench/dataset/dataset.h"
#include "quantbench/dataset/text_file.h"

namespace quantbench::dataset {

/// Takes the rows off a text one after the other, from any place it has been at before.
class RowReader {
 public:
  struct Position {
    std::size_t offset = 0;
    std::size_t number = 0;  ///< lines or items before the offset
    std::size_t inner = 0;   ///< rows of the item at the offset that are already read
  };

  virtual ~RowReader() = default;
  /// The next row; nullopt at the end. Throws Error with file and line.
  virtual std::optional<Example> next() = 0;
  /// Passes over the next row when the file is looked through: checks all of it, and notes what the
  /// reader must know of every row before it can give the first. False at the end.
  virtual bool look_at() { return next().has_value(); }
  /// Passes over the next row, checking no more than its shape; false at the end.
  virtual bool skip() { return next().has_value(); }
  virtual Position position() const = 0;
  virtual void seek(const Position& position) = 0;
  /// Line on which the row last read or passed over starts, from 1; 0 where rows have none.
  virtual std::size_t line() const { return 0; }
};

/// The rows of a reader by their number: the place of every some hundredth row is kept, and no row.
class IndexedTable : public Table {
 public:
  /// Scans the file once. Without `columns`, every row is read, and the columns are those found in
  /// any row, in order of appearance; a row without one has null there. The reader reads the file's
  /// text. Throws the reader's errors, and Error for more than kMaxColumns columns.
  IndexedTable(std::shared_ptr<TextFile> file, std::unique_ptr<RowReader> reader,
               std::vector<std::string> columns, std::size_t max_rows);

  const std::vector<std::string>& columns() const override { return columns_.all(); }
  std::size_t size() const override { return size_; }
  void need_only(const std::vector<std::string>& columns) override;
  Example row(std::size_t index) override;
  std::size_t line(std::size_t index) override;

 private:
  void add_columns(const Example& row);
  /// Gives the row the columns that it lacks, as null.
  void fill_in(Example& row) const;
  void look_through(std::size_t max_rows, bool read);
  /// Makes the row the next one.
  void go_to(std::size_t index);

  std::shared_ptr<TextFile> file_;
  std::unique_ptr<RowReader> reader_;
  ColumnNames columns_;
  /// Those that rows need, all without.
  std::optional<std::vector<std::string>> needed_;
  std::vector<RowReader::Position> marks_;
  std::size_t size_ = 0;
  std::size_t next_ = 0;
};

/// The line at the position, without its line break; the position moves behind it.
std::string_view take_line(std::string_view text, RowReader::Position& at);

/// Throws Error unless a row of a JSON file is an object.
void require_object(const Example& row, const std::string& where);

}  // namespace quantbench::dataset
