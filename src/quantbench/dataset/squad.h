#pragma once

#include <string>
#include <vector>

#include "quantbench/dataset/dataset.h"

namespace quantbench::dataset {

/// The rows of an article of a SQuAD file, one a question: id, title, context, question, answers
/// {text: [...], answer_start: [...]}, as the `datasets` scripts squad and squad_v2 flatten it
/// (Rajpurkar et al. 2016, 2018). A question without answer has empty lists. Throws Error naming
/// the place inside the article, which `where` stands for.
std::vector<Example> squad_rows(const Json& article, const std::string& where);

}  // namespace quantbench::dataset
