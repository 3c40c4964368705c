#pragma once

#include <memory>
#include <string>

#include "quantbench/base/json.h"
#include "quantbench/dataset/row_table.h"

namespace quantbench::dataset {

/// Whether `data` (the array under "data") is nested as the SQuAD files are.
bool is_squad(const Json& data);

/// One row a question: id, title, context, question, answers {text: [...], answer_start: [...]}, as
/// the `datasets` scripts squad and squad_v2 flatten it (Rajpurkar et al. 2016, 2018). A question
/// without answer has empty lists. Throws Error naming the place inside the file.
std::unique_ptr<RowTable> flatten_squad(const Json& data, const std::string& file);

}  // namespace quantbench::dataset
