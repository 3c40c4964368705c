#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "quantbench/base/json.h"
#include "quantbench/base/registry.h"

namespace quantbench::dataset {

/// One sample: column -> value (string, number, list, object).
using Example = Json;

/// A table of samples read from files. Rows are produced in file order; columns are known before
/// the first row.
class Table {
 public:
  virtual ~Table() = default;
  virtual const std::vector<std::string>& columns() const = 0;
  /// Next row, or nullopt at the end. Throws Error with file and line.
  virtual std::optional<Example> next() = 0;
  /// Line on which the row last given starts, from 1; 0 where rows have no line of their own.
  virtual std::size_t line() const { return 0; }
};

/// One file format: csv, tsv, json, jsonl (later parquet, CoNLL, image folder).
class Format {
 public:
  virtual ~Format() = default;
  /// Extensions it reads, lower case, with the dot: ".tsv".
  virtual std::vector<std::string> extensions() const = 0;
  virtual std::unique_ptr<Table> open(const std::filesystem::path& path) const = 0;
};

using FormatRegistry = Registry<Format>;
void register_builtin_formats(FormatRegistry& registry);
FormatRegistry& formats();

/// What the spec's `dataset` says of the place of the data.
struct Source {
  std::string path;                 ///< directory or file (later a Hub name)
  std::optional<std::string> name;  ///< configuration: subdirectory or file prefix
};

/// A split loaded whole (evaluation sets of this field are small; streaming formats come with
/// Parquet).
struct Split {
  std::vector<std::string> columns;
  std::vector<Example> rows;
  std::vector<std::filesystem::path> files;
  /// Class names per column when the data set's card or dataset_info.json gives them.
  std::map<std::string, std::vector<std::string>> class_names;
  /// Where each row comes from: index into `files`, and line there (0: unknown).
  struct Origin {
    std::size_t file = 0;
    std::size_t line = 0;
    std::size_t row = 0;      ///< in its file, from 0
    bool whole_file = false;  ///< the row is the file: an image
  };
  std::vector<Origin> origins;

  /// "validation.tsv:12", "validation.json: row 3" (counted from 1) or "cat/3.png", for error
  /// messages.
  std::string place(std::size_t row) const;
};

/// Which rows of a split are taken.
struct Subset {
  std::size_t limit = 0;  ///< at most so many (0: all)
  /// The rows are shuffled first, as `Dataset.shuffle(seed)` of the `datasets` library does;
  /// without a seed the first ones are taken.
  std::optional<std::uint32_t> shuffle_seed = std::nullopt;
};

/// Finds the file(s) of `split` under the source and reads the rows of the subset.
///
/// `path` is a file or a directory. In a directory the files may lie at the top, under data/ or
/// under a directory with the split's name, and be named after the split alone (validation.tsv),
/// with shards (train-00000-of-00002.csv) or with the configuration in front
/// (sst2_validation.tsv). A configuration is a subdirectory or such a prefix. validation is also
/// dev, valid, val or eval.
///
/// Class names come from dataset_info.json or the front matter of README.md (the data set's card).
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
