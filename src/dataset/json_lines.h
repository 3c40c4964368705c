#pragma once

#include <memory>

#include "quantbench/dataset/row_table.h"
#include "quantbench/dataset/text_file.h"

namespace quantbench::dataset {

/// One JSON object a line; empty lines are skipped. Throws Error with file and line.
std::unique_ptr<RowTable> read_json_lines(const TextFile& file);

}  // namespace quantbench::dataset
