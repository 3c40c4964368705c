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

/// The rows of one file, read on demand. Opening a file scans it once to find malformed rows; no
/// row is kept. Sequential reads are cheap. A jump costs what the format needs to find the row.
class Table {
 public:
  virtual ~Table() = default;
  virtual const std::vector<std::string>& columns() const = 0;
  virtual std::size_t size() const = 0;
  /// Row `index` < size(). Throws Error with file and line.
  virtual Example row(std::size_t index) = 0;
  /// Line on which a row starts, from 1; 0 if rows have no line of their own.
  virtual std::size_t line(std::size_t /*index*/) { return 0; }
  /// Class names by column, if the file has them.
  virtual ClassNames class_names() const { return {}; }
  /// From now on, rows need only these columns; columns that the file lacks are ignored.
  /// Column-oriented formats read no others.
  virtual void need_only(const std::vector<std::string>& /*columns*/) {}
};

/// One file format. One file a format in formats/.
class Format {
 public:
  virtual ~Format() = default;
  /// Extensions of the format, lower case, with the dot: ".tsv".
  virtual std::vector<std::string> extensions() const = 0;
  /// Opens a file of which only the first `max_rows` rows are needed (0: all). Later rows are not
  /// scanned.
  virtual std::unique_ptr<Table> open(const std::filesystem::path& path,
                                      std::size_t max_rows) const = 0;
};

using FormatRegistry = Registry<Format>;
void register_builtin_formats(FormatRegistry& registry);
FormatRegistry& formats();

/// Extensions of all formats, with their dots.
std::set<std::string> known_extensions();
bool is_known_extension(std::string_view extension);
/// Throws the Error for a file of unknown format.
[[noreturn]] void refuse_extension(const std::string& extension, const std::string& where);

/// Place of the data, from the spec's `dataset`.
struct Source {
  std::string path;                 ///< directory or file (later a Hub name)
  std::optional<std::string> name;  ///< configuration: subdirectory or file prefix
};

/// The rows of a split in evaluation order. Several threads may use it.
class Rows {
 public:
  virtual ~Rows() = default;
  virtual std::size_t size() const = 0;
  /// Rows [first, first + count). Throws Error with file and line.
  virtual std::vector<Example> read(std::size_t first, std::size_t count) const = 0;
  /// Position of a row for messages: "validation.tsv:12", "validation.json: row 3" (from 1) or
  /// "cat/3.png".
  virtual std::string place(std::size_t row) const = 0;
};

/// Rows in memory. `places` are their positions for messages (default: "row 3").
std::shared_ptr<const Rows> rows_in_memory(std::vector<Example> rows,
                                           std::vector<std::string> places = {});

/// A split of a data set: its description, and its rows, which stay on the disk until they are
/// read.
struct Split {
  std::vector<std::string> columns;
  std::vector<std::filesystem::path> files;
  /// Class names by column, from the data set's card, dataset_info.json or the files.
  ClassNames class_names;
  std::shared_ptr<const Rows> rows;

  std::size_t size() const { return rows->size(); }
  /// One row. For a long split, read several rows at a time.
  Example row(std::size_t index) const { return rows->read(index, 1).at(0); }
  std::vector<Example> read(std::size_t first, std::size_t count) const {
    return rows->read(first, count);
  }
  /// All rows. For small splits.
  std::vector<Example> read() const { return rows->read(0, size()); }
  std::string place(std::size_t row) const { return rows->place(row); }
};

/// Selection of rows and columns of a split.
struct Subset {
  std::size_t limit = 0;  ///< maximum number of rows (0: all)
  /// Shuffles the rows first, like `Dataset.shuffle(seed)` of the `datasets` library. Without a
  /// seed, takes the first rows.
  std::optional<std::uint32_t> shuffle_seed = std::nullopt;
  /// Columns that the rows should have, if the files have them; nullopt: all. Split::columns always
  /// names all. Other columns of a Parquet file are neither read nor checked.
  std::optional<std::vector<std::string>> columns = std::nullopt;
};

/// Finds the file(s) of `split` under the source and opens the rows of the subset.
///
/// `path` is a file, or a directory with the layout of a Hub repository or of your own (find_split
/// in layout.h). The card's `configs` decide which files a split has, else file names do.
///
/// Class names come from dataset_info.json, the front matter of README.md (the data set's card), or
/// the schema of a Parquet file.
///
/// A split's directory may also hold images and a file metadata.csv that lists them
/// (image_metadata.h), or images with one directory per class: SPLIT/CLASS/FILE. A row is then
/// {"image": {"path": FILE}, "label": ID, "labels": ID}. The classes are the directories of all
/// splits, sorted by name.
///
/// Throws Error: directory not found, no file for the split (lists the known splits), several
/// candidates, unknown format, empty data set, malformed line.
Split load_split(const Source& source, const std::string& split, const Subset& subset);
/// The first `limit` rows (0: all).
Split load_split(const Source& source, const std::string& split, std::size_t limit = 0);

/// SHA-256 over everything that decides the rows of the subset, for stage keys: the split's files
/// and class names. For an image folder: the names of all images, and the content of the subset's
/// images. Throws like load_split if files are missing.
std::string content_hash(const Source& source, const std::string& split, const Subset& subset = {});

}  // namespace quantbench::dataset
