#include "quantbench/dataset/image_metadata.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/dataset/image_folder.h"

namespace quantbench::dataset {

namespace fs = std::filesystem;

namespace {

constexpr std::array<std::string_view, 3> kNames = {"metadata.csv", "metadata.jsonl",
                                                    "metadata.parquet"};
constexpr std::string_view kFileName = "file_name";

/// The column of images that a column of file names becomes; nullopt for any other column.
std::optional<std::string> image_column(const std::string& column) {
  constexpr std::string_view kSuffix = "_file_name";
  if (column == kFileName) return "image";
  if (!column.ends_with(kSuffix) || column.size() == kSuffix.size()) return std::nullopt;
  return column.substr(0, column.size() - kSuffix.size());
}

template <typename Accepted>
std::vector<std::string> files_below(const FileTree& tree, const std::string& directory,
                                     Accepted&& accepted) {
  const std::string prefix = directory.empty() ? std::string() : directory + "/";
  std::vector<std::string> found;
  for (const std::string& file : tree.files()) {
    if (file.starts_with(prefix) && accepted(file)) found.push_back(file);
  }
  return found;
}

class TableOfImages final : public Table {
 public:
  TableOfImages(std::unique_ptr<Table> table, const fs::path& path, const std::string& below)
      : table_(std::move(table)), path_(path.string()), directory_(path.parent_path()) {
    for (const std::string& column : table_->columns()) {
      columns_.push_back(image_column(column).value_or(column));
    }
    if (below.empty()) return;
    kept_.emplace();
    for (std::size_t row = 0; row < table_->size(); ++row) {
      if (is_below(table_->row(row), below)) kept_->push_back(row);
    }
  }

  const std::vector<std::string>& columns() const override { return columns_; }
  std::size_t size() const override { return kept_ ? kept_->size() : table_->size(); }
  std::size_t line(std::size_t index) override { return table_->line(inner(index)); }
  ClassNames class_names() const override { return table_->class_names(); }

  void need_only(const std::vector<std::string>& columns) override {
    std::vector<std::string> wanted;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (std::ranges::find(columns, columns_[i]) != columns.end()) {
        wanted.push_back(table_->columns()[i]);
      }
    }
    table_->need_only(wanted);
  }

  Example row(std::size_t index) override {
    Example row = Example::object();
    Example from = table_->row(inner(index));
    for (auto& [column, value] : from.items()) {
      const auto image = image_column(column);
      if (!image) {
        append_member(row, column, std::move(value));
      } else if (value.is_string()) {
        append_member(row, *image, {{"path", file(value.get<std::string>(), index).string()}});
      } else {
        append_member(row, *image, nullptr);
      }
    }
    return row;
  }

 private:
  std::size_t inner(std::size_t index) const { return kept_ ? kept_->at(index) : index; }

  static bool is_below(const Example& row, const std::string& directory) {
    for (const auto& [column, value] : row.items()) {
      if (!image_column(column) || !value.is_string()) continue;
      return fs::path(value.get<std::string>())
          .lexically_normal()
          .string()
          .starts_with(directory + "/");
    }
    return false;
  }

  /// The file of a name. A stranger's name must not lead out of the data set.
  fs::path file(const std::string& name, std::size_t index) {
    const fs::path relative = fs::path(name).lexically_normal();
    if (relative.is_absolute() || relative.empty() || *relative.begin() == "..") {
      const std::size_t number = line(index);
      throw Error("the image '" + name + "' is outside of the directory",
                  number == 0 ? path_ : path_ + ":" + std::to_string(number),
                  "file names start in the directory of this file");
    }
    return directory_ / relative;
  }

  std::unique_ptr<Table> table_;
  std::string path_;
  fs::path directory_;
  std::vector<std::string> columns_;
  std::optional<std::vector<std::size_t>> kept_;
};

}  // namespace

bool is_image_metadata(std::string_view path) {
  return std::ranges::find(kNames, file_name(path)) != kNames.end();
}

std::vector<std::string> image_metadata_below(const FileTree& tree, const std::string& directory) {
  return files_below(tree, directory, is_image_metadata);
}

std::vector<std::string> images_below(const FileTree& tree, const std::string& directory) {
  return files_below(tree, directory, is_image);
}

std::string image_metadata_in(const FileTree& tree, const std::string& directory) {
  for (const std::string_view name : kNames) {
    const std::string path = joined(directory, name);
    if (tree.contains(path)) return path;
  }
  return {};
}

std::unique_ptr<Table> with_images(std::unique_ptr<Table> table, const fs::path& path,
                                   const std::string& below) {
  const bool names_files = std::ranges::any_of(
      table->columns(), [](const std::string& column) { return image_column(column).has_value(); });
  if (!names_files) return table;
  return std::make_unique<TableOfImages>(std::move(table), path, below);
}

}  // namespace quantbench::dataset
