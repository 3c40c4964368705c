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

SquadArticle::SquadArticle(Json article, std::string where)
    : article_(std::move(article)), where_(std::move(where)) {
  list(article_, "paragraphs", where_);
  title_ = value_or<std::string>(article_, "title", "", where_);
}

bool SquadArticle::skip() {
  const Json& paragraphs = article_["paragraphs"];
  for (; paragraph_ < paragraphs.size(); ++paragraph_, question_ = 0) {
    const std::string paragraph = at(where_, "paragraphs", paragraph_);
    if (question_ == list(paragraphs[paragraph_], "qas", paragraph).size()) continue;
    ++question_;
    ++rows_;
    return true;
  }
  return false;
}

std::optional<Example> SquadArticle::next() {
  if (!skip()) return std::nullopt;
  const std::string paragraph = at(where_, "paragraphs", paragraph_);
  const Json& given = article_["paragraphs"][paragraph_];
  const std::string place = at(paragraph, "qas", question_ - 1);
  const Json& question = given["qas"][question_ - 1];
  return Example({{"id", require<std::string>(question, "id", place)},
                  {"title", title_},
                  {"context", require<std::string>(given, "context", paragraph)},
                  {"question", require<std::string>(question, "question", place)},
                  {"answers", flatten_answers(question, place)}});
}

}  // namespace quantbench::dataset
