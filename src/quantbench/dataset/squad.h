#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "quantbench/dataset/dataset.h"

namespace quantbench::dataset {

/// The rows of an article of a SQuAD file, one a question: id, title, context, question, answers
/// {text: [...], answer_start: [...]}, as the `datasets` scripts squad and squad_v2 flatten it
/// (Rajpurkar et al. 2016, 2018). A question without answer has empty lists.
///
/// One row is made at a time: each holds its paragraph's context, so that all of them together can
/// be larger than the article by as many times as it has questions.
class SquadArticle {
 public:
  SquadArticle() = default;
  /// `where` stands for the article in messages.
  SquadArticle(Json article, std::string where);

  /// The next row; nullopt at the end. Throws Error naming the place inside the article.
  std::optional<Example> next();
  /// Passes over the next row; false at the end.
  bool skip();
  /// Rows so far.
  std::size_t rows() const { return rows_; }

 private:
  Json article_ = {{"paragraphs", Json::array()}};
  std::string where_;
  std::string title_;
  /// Where the row last read is, the question counted from 1.
  std::size_t paragraph_ = 0;
  std::size_t question_ = 0;
  std::size_t rows_ = 0;
};

}  // namespace quantbench::dataset
