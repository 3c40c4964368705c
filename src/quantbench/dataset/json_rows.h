#pragma once

#include <memory>

#include "quantbench/dataset/dataset.h"
#include "quantbench/dataset/text_file.h"

namespace quantbench::dataset {

/// One JSON object a line; empty lines are skipped. Throws Error with file and line.
std::unique_ptr<Table> open_json_lines(std::shared_ptr<TextFile> file, std::size_t max_rows);

/// The items of one JSON array, which is all of the document or under its key "data": rows, or the
/// articles of a SQuAD file, which hold a row a question. One item is in memory at a time. Throws
/// Error when the document is of another form.
std::unique_ptr<Table> open_json_document(std::shared_ptr<TextFile> file, std::size_t max_rows);

}  // namespace quantbench::dataset
