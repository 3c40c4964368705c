#pragma once

#include <arrow/array.h>

#include <cstdint>

#include "quantbench/base/json.h"

namespace quantbench::dataset::parquet_plugin {

/// Cell `index` of a column as the tasks want it: numbers, text, lists, objects, null; bytes are
/// JSON binary; maps are lists of {"key", "value"}; times and decimals are text. Dictionary-encoded
/// cells are the value they stand for. Throws Error for text that is no UTF-8 and for types that no
/// data set has (unions, intervals).
Json cell(const arrow::Array& column, std::int64_t index);

}  // namespace quantbench::dataset::parquet_plugin
