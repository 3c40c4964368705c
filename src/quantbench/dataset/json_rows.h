#pragma once

#include <memory>

#include "quantbench/dataset/dataset.h"
#include "quantbench/dataset/text_file.h"

namespace quantbench::dataset {

/// One JSON object per line. Skips empty lines. Throws Error with file and line.
std::unique_ptr<Table> open_json_lines(std::shared_ptr<TextFile> file, std::size_t max_rows);

/// The items of one JSON array, which is the document or its key "data". Items are rows, or
/// articles of a SQuAD file, which hold one row per question. Memory holds one item at a time.
/// Throws Error if the document has another form.
std::unique_ptr<Table> open_json_document(std::shared_ptr<TextFile> file, std::size_t max_rows);

}  // namespace quantbench::dataset
