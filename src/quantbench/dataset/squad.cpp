#include "quantbench/dataset/squad.h"

#include <cstdint>
#include <utility>

#include "quantbench/base/error.h"

namespace quantbench::dataset {

namespace {

const Json& list(const Json& object, std::string_view key, const std::string& where) {
  if (!object.is_object()) throw Error("expected a JSON object", where);
  const auto found = object.find(key);
  if (found == object.end()) throw Error("missing key '" + std::string(key) + "'", where);
  if (!found->is_array()) throw Error("key '" + std::string(key) + "' must be a list", where);
  return *found;
}

std::string at(const std::string& where, std::string_view key, std::size_t index) {
  return where + "." + std::string(key) + "[" + std::to_string(index) + "]";
}

Json flatten_answers(const Json& question, const std::string& where) {
  Json answers = {{"text", Json::array()}, {"answer_start", Json::array()}};
  if (!question.contains("answers")) return answers;
  const Json& given = list(question, "answers", where);
  for (std::size_t i = 0; i < given.size(); ++i) {
    const std::string place = at(where, "answers", i);
    answers["text"].push_back(require<std::string>(given[i], "text", place));
    answers["answer_start"].push_back(require<std::int64_t>(given[i], "answer_start", place));
  }
  return answers;
}

}  // namespace

std::vector<Example> squad_rows(const Json& article, const std::string& where) {
  std::vector<Example> rows;
  const Json& paragraphs = list(article, "paragraphs", where);
  const auto title = value_or<std::string>(article, "title", "", where);
  for (std::size_t p = 0; p < paragraphs.size(); ++p) {
    const std::string paragraph = at(where, "paragraphs", p);
    const Json& questions = list(paragraphs[p], "qas", paragraph);
    const auto context = require<std::string>(paragraphs[p], "context", paragraph);
    for (std::size_t q = 0; q < questions.size(); ++q) {
      const std::string place = at(paragraph, "qas", q);
      rows.push_back({{"id", require<std::string>(questions[q], "id", place)},
                      {"title", title},
                      {"context", context},
                      {"question", require<std::string>(questions[q], "question", place)},
                      {"answers", flatten_answers(questions[q], place)}});
    }
  }
  return rows;
}

}  // namespace quantbench::dataset
