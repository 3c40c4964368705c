#pragma once

#include <arrow/array.h>

#include <cstdint>

#include "quantbench/base/json.h"

namespace quantbench::dataset::parquet_plugin {

/// Cell `index` of a column in the form for tasks: numbers, text, lists, objects, null. Bytes are
/// JSON binary, maps are lists of {"key", "value"}, times and decimals are text. Dictionary-encoded
/// cells are decoded. Throws Error for text that is not UTF-8, and for unsupported types (unions,
/// intervals).
Json cell(const arrow::Array& column, std::int64_t index);

}  // namespace quantbench::dataset::parquet_plugin
