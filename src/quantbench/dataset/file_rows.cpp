#include "quantbench/dataset/file_rows.h"

#include <algorithm>
#include <mutex>
#include <numeric>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/dataset/shuffle.h"

namespace quantbench::dataset {

namespace {

void require_range(std::size_t first, std::size_t count, std::size_t size) {
  if (first > size || count > size - first) {
    throw Error("rows " + std::to_string(first) + " to " + std::to_string(first + count) + " of " +
                std::to_string(size));
  }
}

class MemoryRows final : public Rows {
 public:
  MemoryRows(std::vector<Example> rows, std::vector<std::string> places)
      : rows_(std::move(rows)), places_(std::move(places)) {}

  std::size_t size() const override { return rows_.size(); }
  std::vector<Example> read(std::size_t first, std::size_t count) const override {
    require_range(first, count, rows_.size());
    const auto start = rows_.begin() + static_cast<long>(first);
    return {start, start + static_cast<long>(count)};
  }
  std::string place(std::size_t row) const override {
    return row < places_.size() ? places_[row] : "row " + std::to_string(row + 1);
  }

 private:
  std::vector<Example> rows_;
  std::vector<std::string> places_;
};

class FileRows final : public Rows {
 public:
  FileRows(std::vector<OpenFile> files, const Subset& subset)
      : files_(std::move(files)), columns_(subset.columns) {
    std::size_t rows = 0;
    for (const OpenFile& file : files_) {
      starts_.push_back(rows);
      rows += file.table->size();
    }
    size_ = subset.limit == 0 ? rows : std::min(subset.limit, rows);
    if (subset.shuffle_seed) order_ = rows_taken(rows, subset);
  }

  std::size_t size() const override { return size_; }

  std::vector<Example> read(std::size_t first, std::size_t count) const override {
    require_range(first, count, size_);
    std::vector<std::size_t> positions(count);
    std::iota(positions.begin(), positions.end(), first);
    std::ranges::sort(positions, {}, [&](std::size_t position) { return row_at(position); });
    std::vector<Example> rows(count);
    const std::scoped_lock lock(mutex_);
    for (const std::size_t position : positions) {
      const auto [file, row] = locate(position);
      rows[position - first] = projected(files_[file].table->row(row));
    }
    return rows;
  }

  std::string place(std::size_t position) const override {
    if (position >= size_) return "row " + std::to_string(position + 1);
    const std::scoped_lock lock(mutex_);
    const auto [file, row] = locate(position);
    const std::size_t line = files_[file].table->line(row);
    if (line != 0) return files_[file].path + ":" + std::to_string(line);
    return files_[file].path + ": row " + std::to_string(row + 1);
  }

 private:
  /// A row that is kept for a while should not hold unused columns.
  Example projected(Example row) const {
    if (!columns_) return row;
    Example kept = Example::object();
    for (auto& [column, value] : row.items()) {
      if (std::ranges::find(*columns_, column) != columns_->end()) kept[column] = std::move(value);
    }
    return kept;
  }

  /// Number of the row among all files.
  std::size_t row_at(std::size_t position) const {
    return order_.empty() ? position : order_[position];
  }

  std::pair<std::size_t, std::size_t> locate(std::size_t position) const {
    const std::size_t row = row_at(position);
    const auto behind = std::upper_bound(starts_.begin(), starts_.end(), row);
    const auto file = static_cast<std::size_t>(behind - starts_.begin()) - 1;
    return {file, row - starts_[file]};
  }

  std::vector<OpenFile> files_;
  std::optional<std::vector<std::string>> columns_;
  std::vector<std::size_t> starts_;
  std::vector<std::size_t> order_;
  std::size_t size_ = 0;
  mutable std::mutex mutex_;
};

class ImageRows final : public Rows {
 public:
  ImageRows(std::vector<std::filesystem::path> images, std::vector<std::string> classes)
      : images_(std::move(images)), classes_(std::move(classes)) {}

  std::size_t size() const override { return images_.size(); }
  std::vector<Example> read(std::size_t first, std::size_t count) const override {
    require_range(first, count, images_.size());
    std::vector<Example> rows;
    for (std::size_t i = first; i < first + count; ++i) {
      const auto& image = images_[i];
      const auto found = std::lower_bound(classes_.begin(), classes_.end(),
                                          image.parent_path().filename().string());
      const auto label = found - classes_.begin();
      rows.push_back({{"image", {{"path", image.string()}}}, {"label", label}, {"labels", label}});
    }
    return rows;
  }
  std::string place(std::size_t row) const override {
    return row < images_.size() ? images_[row].string() : "row " + std::to_string(row + 1);
  }

 private:
  std::vector<std::filesystem::path> images_;
  std::vector<std::string> classes_;
};

}  // namespace

std::shared_ptr<const Rows> rows_in_memory(std::vector<Example> rows,
                                           std::vector<std::string> places) {
  return std::make_shared<MemoryRows>(std::move(rows), std::move(places));
}

std::shared_ptr<const Rows> rows_of_files(std::vector<OpenFile> files, const Subset& subset) {
  return std::make_shared<FileRows>(std::move(files), subset);
}

std::shared_ptr<const Rows> rows_of_images(std::vector<std::filesystem::path> images,
                                           std::vector<std::string> classes) {
  return std::make_shared<ImageRows>(std::move(images), std::move(classes));
}

std::vector<std::size_t> rows_taken(std::size_t count, const Subset& subset) {
  std::vector<std::size_t> order;
  if (subset.shuffle_seed) {
    order = shuffled_order(count, *subset.shuffle_seed);
  } else {
    order.resize(count);
    std::iota(order.begin(), order.end(), std::size_t{0});
  }
  if (subset.limit != 0 && subset.limit < count) {
    order.resize(subset.limit);
    order.shrink_to_fit();
  }
  return order;
}

}  // namespace quantbench::dataset
