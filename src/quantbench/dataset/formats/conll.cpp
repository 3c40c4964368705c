#include <algorithm>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/dataset/column_names.h"
#include "quantbench/dataset/dataset.h"
#include "quantbench/dataset/indexed_table.h"
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
class ConllReader final : public RowReader {
 public:
  explicit ConllReader(std::shared_ptr<TextFile> file) : file_(std::move(file)) {
    file_->require_utf8(1);
    const auto first = next_token();
    if (!first) return;
    if (first->size() == 1) {
      throw Error("one column", file_->place(at_.number), "each line is a word and its tags");
    }
    if (first->size() > kMaxColumns) refuse_columns(file_->place(at_.number));
    columns_ = column_names(first->size());
    at_ = {};
  }

  /// Empty when there is no token.
  const std::vector<std::string>& columns() const { return columns_; }
  std::size_t line() const override { return line_; }
  Position position() const override { return at_; }
  void seek(const Position& position) override { at_ = position; }

  std::optional<Example> next() override {
    auto token = next_token();
    if (!token) return std::nullopt;
    line_ = at_.number;
    std::vector<std::vector<std::string>> lists(columns_.size());
    for (; token; token = token_of_line()) {
      if (token->size() != columns_.size()) {
        throw Error(std::to_string(token->size()) + " columns where the first line has " +
                        std::to_string(columns_.size()),
                    file_->place(at_.number));
      }
      for (std::size_t i = 0; i < token->size(); ++i) lists[i].push_back(std::move((*token)[i]));
    }
    Example row = Example::object();
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      append_member(row, columns_[i], std::move(lists[i]));
    }
    return row;
  }

 private:
  using Token = std::vector<std::string>;

  /// The token of the next line; nullopt where the line parts sentences, and at the end.
  std::optional<Token> token_of_line() {
    const std::string_view text = file_->text();
    if (at_.offset >= text.size()) return std::nullopt;
    Token fields = fields_of(take_line(text, at_));
    if (fields.empty() || fields[0] == "-DOCSTART-") return std::nullopt;
    return fields;
  }

  /// The next token, whatever parts it from here.
  std::optional<Token> next_token() {
    while (at_.offset < file_->text().size()) {
      if (auto token = token_of_line()) return token;
    }
    return std::nullopt;
  }

  std::shared_ptr<TextFile> file_;
  std::vector<std::string> columns_;
  Position at_;
  std::size_t line_ = 0;
};

class Conll : public Format {
 public:
  std::vector<std::string> extensions() const override { return {".conll", ".txt"}; }
  std::unique_ptr<Table> open(const std::filesystem::path& path,
                              std::size_t max_rows) const override {
    auto file = std::make_shared<TextFile>(path);
    auto reader = std::make_unique<ConllReader>(file);
    std::vector<std::string> columns = reader->columns();
    return std::make_unique<IndexedTable>(std::move(file), std::move(reader), std::move(columns),
                                          max_rows);
  }
};

}  // namespace

void register_conll(FormatRegistry& registry) { registry.add("conll", std::make_unique<Conll>()); }

}  // namespace quantbench::dataset
