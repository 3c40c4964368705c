#pragma once

#include <filesystem>
#include <memory>

#include "quantbench/dataset/dataset.h"

namespace quantbench::dataset::parquet_plugin {

/// The rows of a Parquet file, decoded a few at a time as they are asked for: one after the other
/// costs nothing more, a jump decodes the row group from its start. Class names are those of the
/// features that `datasets` writes into the file's schema ("huggingface").
///
/// Throws Error for anything that is no Parquet file, also when a page further in turns out broken.
std::unique_ptr<Table> open_table(const std::filesystem::path& path, std::size_t max_rows);

}  // namespace quantbench::dataset::parquet_plugin
