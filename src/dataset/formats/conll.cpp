#include <algorithm>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/dataset/dataset.h"
#include "quantbench/dataset/text_file.h"

namespace quantbench::dataset {

namespace {

std::vector<std::string> fields_of(std::string_view line) {
  std::vector<std::string> fields;
  std::size_t start = line.find_first_not_of(" \t\r");
  while (start != std::string_view::npos) {
    const std::size_t end = std::min(line.find_first_of(" \t\r", start), line.size());
    fields.emplace_back(line.substr(start, end - start));
    start = line.find_first_not_of(" \t\r", end);
  }
  return fields;
}

/// Names as the data set conll2003 has them: the word first, the entity tag last.
std::vector<std::string> column_names(std::size_t fields) {
  switch (fields) {
    case 2:
      return {"tokens", "ner_tags"};
    case 3:
      return {"tokens", "pos_tags", "ner_tags"};
    case 4:
      return {"tokens", "pos_tags", "chunk_tags", "ner_tags"};
    default:
      break;
  }
  std::vector<std::string> names = {"tokens"};
  for (std::size_t i = 2; i < fields; ++i) names.push_back("column_" + std::to_string(i));
  names.emplace_back("ner_tags");
  return names;
}

/// One token a line, its columns parted by white space; an empty line ends a sentence, and
/// "-DOCSTART-" lines part documents. A row is a sentence: every column a list of texts.
class ConllTable : public Table {
 public:
  explicit ConllTable(const std::filesystem::path& path) : file_(path) {
    advance();
    if (fields_.empty()) return;
    if (fields_.size() == 1) {
      throw Error("one column", file_.place(number_), "each line is a word and its tags");
    }
    columns_ = column_names(fields_.size());
  }

  const std::vector<std::string>& columns() const override { return columns_; }
  std::size_t line() const override { return sentence_line_; }

  std::optional<Example> next() override {
    if (fields_.empty()) return std::nullopt;
    sentence_line_ = number_;
    std::vector<std::vector<std::string>> lists(columns_.size());
    do {
      if (fields_.size() != columns_.size()) {
        throw Error(std::to_string(fields_.size()) + " columns where the first line has " +
                        std::to_string(columns_.size()),
                    file_.place(number_));
      }
      for (std::size_t i = 0; i < fields_.size(); ++i) lists[i].push_back(std::move(fields_[i]));
    } while (advance());
    Example row = Example::object();
    for (std::size_t i = 0; i < columns_.size(); ++i) row[columns_[i]] = std::move(lists[i]);
    return row;
  }

 private:
  /// Reads the next token's line into fields_, which is empty at the end of the file. Whether the
  /// token continues the sentence.
  bool advance() {
    bool same_sentence = true;
    fields_.clear();
    while (cursor_ < file_.text().size()) {
      const std::size_t end = std::min(file_.text().find('\n', cursor_), file_.text().size());
      fields_ = fields_of(file_.text().substr(cursor_, end - cursor_));
      cursor_ = end + 1;
      ++number_;
      if (!fields_.empty() && fields_[0] != "-DOCSTART-") return same_sentence;
      fields_.clear();
      same_sentence = false;
    }
    return false;
  }

  TextFile file_;
  std::vector<std::string> columns_;
  std::vector<std::string> fields_;
  std::size_t cursor_ = 0;
  std::size_t number_ = 0;
  std::size_t sentence_line_ = 0;
};

class Conll : public Format {
 public:
  std::vector<std::string> extensions() const override { return {".conll", ".txt"}; }
  std::unique_ptr<Table> open(const std::filesystem::path& path) const override {
    return std::make_unique<ConllTable>(path);
  }
};

}  // namespace

void register_conll(FormatRegistry& registry) { registry.add("conll", std::make_unique<Conll>()); }

}  // namespace quantbench::dataset
