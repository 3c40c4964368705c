#include "quantbench/dataset/parquet/parquet_table.h"

#include <arrow/io/file.h>
#include <arrow/memory_pool.h>
#include <arrow/record_batch.h>
#include <arrow/util/key_value_metadata.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/schema.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>
#include <parquet/properties.h>

#include <algorithm>
#include <cctype>
#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "quantbench/base/error.h"
#include "quantbench/base/text.h"
#include "quantbench/dataset/class_names.h"
#include "quantbench/dataset/column_names.h"
#include "quantbench/dataset/parquet/values.h"

namespace quantbench::dataset::parquet_plugin {

namespace {

/// Rows that are decoded at once: with images inside these are some megabytes.
constexpr std::int64_t kBatchRows = 64;
/// Bytes of a column that are read at once.
constexpr std::int64_t kBufferBytes = 1 << 20;
/// More than any data set has, and little enough that sums do not overflow.
constexpr std::int64_t kMostRows = std::int64_t{1} << 40;

template <typename Value>
Value checked(arrow::Result<Value> result) {
  if (!result.ok()) throw Error(result.status().message());
  return *std::move(result);
}

/// What `body` gives; whatever Arrow throws becomes an Error about the file.
template <typename Body>
auto guarded(const std::string& where, Body&& body) {
  try {
    return body();
  } catch (const Error& error) {
    throw Error("not a readable Parquet file: " + std::string(trim(error.problem())), where,
                error.hint());
  } catch (const std::exception& error) {
    throw Error("not a readable Parquet file: " + std::string(trim(error.what())), where);
  }
}

/// Numbers of the file's own columns that a column of lists and objects is made of.
void add_leaves(const parquet::arrow::SchemaField& field, std::vector<int>& leaves) {
  if (field.is_leaf()) leaves.push_back(field.column_index);
  for (const parquet::arrow::SchemaField& child : field.children) add_leaves(child, leaves);
}

class ParquetTable final : public Table {
 public:
  ParquetTable(const std::filesystem::path& path, std::size_t max_rows)
      : path_(path.string()), columns_(path_) {
    guarded(path_, [&] {
      open();
      read_metadata(max_rows);
    });
  }

  const std::vector<std::string>& columns() const override { return columns_.all(); }
  std::size_t size() const override { return size_; }
  ClassNames class_names() const override { return class_names_; }

  void need_only(const std::vector<std::string>& columns) override {
    leaves_.emplace();
    for (const parquet::arrow::SchemaField& field : reader_->manifest().schema_fields) {
      if (std::ranges::find(columns, field.field->name()) != columns.end()) {
        add_leaves(field, *leaves_);
      }
    }
    batches_ = nullptr;
    batch_ = nullptr;
  }

  Example row(std::size_t index) override {
    if (index >= size_) throw Error("no row " + std::to_string(index), path_);
    Example row = Example::object();
    if (leaves_ && leaves_->empty()) return row;
    guarded(path_, [&] { decode(static_cast<std::int64_t>(index)); });
    const std::int64_t place = static_cast<std::int64_t>(index) - batch_start_;
    for (int i = 0; i < batch_->num_columns(); ++i) {
      const std::string& name = batch_->schema()->field(i)->name();
      append_member(row, name,
                    with_context(path_ + ": row " + std::to_string(index + 1) + ": " + name,
                                 [&] { return cell(*batch_->column(i), place); }));
    }
    return row;
  }

 private:
  void open() {
    parquet::ReaderProperties properties(arrow::system_memory_pool());
    properties.enable_buffered_stream();
    properties.set_buffer_size(kBufferBytes);
    parquet::ArrowReaderProperties arrow_properties;
    arrow_properties.set_batch_size(kBatchRows);
    arrow_properties.set_pre_buffer(false);
    arrow_properties.set_use_threads(false);
    auto file = checked(arrow::io::ReadableFile::Open(path_, arrow::system_memory_pool()));
    parquet::arrow::FileReaderBuilder builder;
    if (const auto status = builder.Open(std::move(file), properties); !status.ok()) {
      throw Error(status.message());
    }
    builder.memory_pool(arrow::system_memory_pool());
    builder.properties(arrow_properties);
    reader_ = checked(builder.Build());
  }

  void read_metadata(std::size_t max_rows) {
    const auto metadata = reader_->parquet_reader()->metadata();
    std::int64_t rows = 0;
    for (int i = 0; i < metadata->num_row_groups(); ++i) {
      const std::int64_t more = metadata->RowGroup(i)->num_rows();
      if (more < 0 || more > kMostRows || rows > kMostRows) {
        throw Error("row group " + std::to_string(i) + " has " + std::to_string(more) + " rows");
      }
      group_starts_.push_back(rows);
      rows += more;
    }
    if (rows != metadata->num_rows()) {
      throw Error("the footer counts " + std::to_string(metadata->num_rows()) +
                  " rows, the row groups " + std::to_string(rows));
    }
    size_ = static_cast<std::size_t>(rows);
    if (max_rows != 0) size_ = std::min(size_, max_rows);

    std::shared_ptr<arrow::Schema> schema;
    if (const auto status = reader_->GetSchema(&schema); !status.ok()) {
      throw Error(status.message());
    }
    for (const auto& field : schema->fields()) {
      if (!columns_.add(field->name())) {
        throw Error("column '" + field->name() + "' appears twice");
      }
    }
    if (const auto& pairs = schema->metadata()) {
      if (const auto value = pairs->Get("huggingface"); value.ok()) {
        const Json described = parse_json(*value, path_ + ": schema metadata 'huggingface'");
        if (described.is_object() && described.contains("info")) {
          class_names_ = class_names_of_info(described["info"], path_);
        }
      }
    }
  }

  /// Makes the batch that holds the row the current one.
  void decode(std::int64_t index) {
    if (batch_ != nullptr && batch_start_ <= index && index < batch_end()) return;
    const auto group = std::upper_bound(group_starts_.begin(), group_starts_.end(), index) -
                       group_starts_.begin() - 1;
    // Going on is cheaper than starting anew where the row lies ahead in the row group being read.
    const bool ahead = batches_ != nullptr && batch_end() <= index &&
                       group_starts_[static_cast<std::size_t>(group)] <= batch_end();
    if (!ahead) start_at(static_cast<std::size_t>(group));
    while (index >= batch_end()) {
      const std::int64_t next = batch_end();
      std::shared_ptr<arrow::RecordBatch> batch;
      if (const auto status = batches_->ReadNext(&batch); !status.ok()) {
        throw Error(status.message());
      }
      if (batch == nullptr) throw Error("it ends before row " + std::to_string(index + 1));
      if (const auto status = batch->ValidateFull(); !status.ok()) throw Error(status.message());
      batch_ = std::move(batch);
      batch_start_ = next;
    }
  }

  std::int64_t batch_end() const {
    return batch_start_ + (batch_ == nullptr ? 0 : batch_->num_rows());
  }

  void start_at(std::size_t group) {
    std::vector<int> groups;
    for (std::size_t i = group; i < group_starts_.size(); ++i) {
      groups.push_back(static_cast<int>(i));
    }
    batch_ = nullptr;
    batch_start_ = group_starts_[group];
    batches_ = checked(leaves_ ? reader_->GetRecordBatchReader(groups, *leaves_)
                               : reader_->GetRecordBatchReader(groups));
  }

  std::string path_;
  std::unique_ptr<parquet::arrow::FileReader> reader_;
  ColumnNames columns_;
  ClassNames class_names_;
  std::size_t size_ = 0;
  std::vector<std::int64_t> group_starts_;
  /// Numbers of the file's columns that are read, all without.
  std::optional<std::vector<int>> leaves_;
  std::unique_ptr<arrow::RecordBatchReader> batches_;
  std::shared_ptr<arrow::RecordBatch> batch_;
  std::int64_t batch_start_ = 0;
};

}  // namespace

std::unique_ptr<Table> open_table(const std::filesystem::path& path, std::size_t max_rows) {
  return std::make_unique<ParquetTable>(path, max_rows);
}

}  // namespace quantbench::dataset::parquet_plugin
