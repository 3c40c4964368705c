#pragma once

#include <filesystem>
#include <memory>

#include "quantbench/dataset/dataset.h"

namespace quantbench::dataset::parquet_plugin {

/// The rows of a Parquet file, decoded a few at a time on demand. Sequential reads have no extra
/// cost; a jump decodes the row group from its start. Class names come from the features that
/// `datasets` writes into the file's schema ("huggingface").
///
/// Throws Error unless the file is valid Parquet, also later if a page turns out to be damaged.
std::unique_ptr<Table> open_table(const std::filesystem::path& path, std::size_t max_rows);

}  // namespace quantbench::dataset::parquet_plugin
