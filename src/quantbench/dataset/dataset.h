#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "quantbench/base/json.h"
#include "quantbench/base/registry.h"

namespace quantbench::dataset {

/// One sample: column -> value (string, number, list, object).
using Example = Json;

using ClassNames = std::map<std::string, std::vector<std::string>>;

/// The rows of one file, read when they are asked for. Opening a file looks through it once, which
/// finds what is malformed, and keeps no row of it. Reading rows one after the other is cheap, and
/// so is jumping, with as much work as the format needs to find the row.
class Table {
 public:
  virtual ~Table() = default;
  virtual const std::vector<std::string>& columns() const = 0;
  virtual std::size_t size() const = 0;
  /// Row `index` < size(). Throws Error with file and line.
  virtual Example row(std::size_t index) = 0;
  /// Line on which a row starts, from 1; 0 where rows have no line of their own.
  virtual std::size_t line(std::size_t /*index*/) { return 0; }
  /// Class names by column, where the file itself gives them.
  virtual ClassNames class_names() const { return {}; }
  /// From now on rows need these columns only; those that the file lacks are passed over. Formats
  /// that store columns apart read no others.
  virtual void need_only(const std::vector<std::string>& /*columns*/) {}
};

/// One file format: csv, tsv, json, jsonl, conll, parquet.
class Format {
 public:
  virtual ~Format() = default;
  /// Extensions it reads, lower case, with the dot: ".tsv".
  virtual std::vector<std::string> extensions() const = 0;
  /// Opens a file of which only the first `max_rows` rows matter (0: all): what is behind them is
  /// not looked at.
  virtual std::unique_ptr<Table> open(const std::filesystem::path& path,
                                      std::size_t max_rows) const = 0;
};

using FormatRegistry = Registry<Format>;
void register_builtin_formats(FormatRegistry& registry);
FormatRegistry& formats();

/// Extensions of all formats, with their dots.
const std::set<std::string>& known_extensions();
/// Throws the Error of a file that no format reads.
[[noreturn]] void refuse_extension(const std::string& extension, const std::string& where);

/// What the spec's `dataset` says of the place of the data.
struct Source {
  std::string path;                 ///< directory or file (later a Hub name)
  std::optional<std::string> name;  ///< configuration: subdirectory or file prefix
};

/// The rows of a split in the order in which they are evaluated. May be used from several threads.
class Rows {
 public:
  virtual ~Rows() = default;
  virtual std::size_t size() const = 0;
  /// Rows [first, first + count). Throws Error with file and line.
  virtual std::vector<Example> read(std::size_t first, std::size_t count) const = 0;
  /// "validation.tsv:12", "validation.json: row 3" (counted from 1) or "cat/3.png", for error
  /// messages.
  virtual std::string place(std::size_t row) const = 0;
};

/// Rows that are in memory; `places` say where they come from ("row 3" where none is given).
std::shared_ptr<const Rows> rows_in_memory(std::vector<Example> rows,
                                           std::vector<std::string> places = {});

/// A split of a data set: what is known of it, and its rows, which stay on the disk until they are
/// read.
struct Split {
  std::vector<std::string> columns;
  std::vector<std::filesystem::path> files;
  /// Class names per column when the data set's card, dataset_info.json or the files give them.
  ClassNames class_names;
  std::shared_ptr<const Rows> rows;

  std::size_t size() const { return rows->size(); }
  /// One row; those of a long split are better read some at a time.
  Example row(std::size_t index) const { return rows->read(index, 1).at(0); }
  std::vector<Example> read(std::size_t first, std::size_t count) const {
    return rows->read(first, count);
  }
  /// All of them: for small splits.
  std::vector<Example> read() const { return rows->read(0, size()); }
  std::string place(std::size_t row) const { return rows->place(row); }
};

/// Which rows of a split are taken, and what of them.
struct Subset {
  std::size_t limit = 0;  ///< at most so many (0: all)
  /// The rows are shuffled first, as `Dataset.shuffle(seed)` of the `datasets` library does;
  /// without a seed the first ones are taken.
  std::optional<std::uint32_t> shuffle_seed = std::nullopt;
  /// Columns that the rows have, as far as the files have them; all without. Split::columns names
  /// all in any case. Of a Parquet file no other column is read, decoded or checked.
  std::optional<std::vector<std::string>> columns = std::nullopt;
};

/// Finds the file(s) of `split` under the source and opens the rows of the subset.
///
/// `path` is a file, or a directory laid out as a Hub repository or by hand (find_split in
/// layout.h): the card's `configs` say which files a split has, else their names do.
///
/// Class names come from dataset_info.json, the front matter of README.md (the data set's card) or
/// the schema of a Parquet file.
///
/// A split's directory may also hold images, a directory for each class: SPLIT/CLASS/FILE, PNG or
/// JPEG. A row is then {"image": {"path": FILE}, "label": ID, "labels": ID}; the classes are the
/// directories of all splits, sorted by name.
///
/// Throws Error: no such directory, no file for the split (lists the splits there are), several
/// that compete, a format nobody reads, empty data set, malformed line.
Split load_split(const Source& source, const std::string& split, const Subset& subset);
/// The first `limit` rows (0: all).
Split load_split(const Source& source, const std::string& split, std::size_t limit = 0);

/// SHA-256 over what decides the rows of the subset, for stage keys: the split's files and class
/// names; of an image folder the names of all images and the content of those in the subset. Throws
/// as load_split does where the files are not found.
std::string content_hash(const Source& source, const std::string& split, const Subset& subset = {});

}  // namespace quantbench::dataset
