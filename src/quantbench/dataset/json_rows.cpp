#include "quantbench/dataset/json_rows.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/base/json_events.h"
#include "quantbench/base/python_json.h"
#include "quantbench/base/text.h"
#include "quantbench/dataset/indexed_table.h"
#include "quantbench/dataset/squad.h"

namespace quantbench::dataset {

namespace {

class JsonLinesReader final : public RowReader {
 public:
  explicit JsonLinesReader(std::shared_ptr<TextFile> file) : file_(std::move(file)) {}

  std::optional<Example> next() override {
    const auto line = next_line();
    if (!line) return std::nullopt;
    Json row;
    try {
      row = parse_python_json(*line, file_->path());
    } catch (const Error& error) {
      throw Error(error.problem(), file_->place(at_.number), "each line is one JSON object");
    }
    require_object(row, file_->place(at_.number));
    return row;
  }

  bool skip() override { return next_line().has_value(); }
  Position position() const override { return at_; }
  void seek(const Position& position) override { at_ = position; }
  std::size_t line() const override { return at_.number; }

 private:
  /// The next line that is not empty.
  std::optional<std::string_view> next_line() {
    const std::string_view text = file_->text();
    while (at_.offset < text.size()) {
      const std::string_view line = trim(take_line(text, at_));
      if (!line.empty()) return line;
    }
    return std::nullopt;
  }

  std::shared_ptr<TextFile> file_;
  Position at_;
};

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// Moves over text that is known to be JSON, value by value.
class JsonCursor {
 public:
  explicit JsonCursor(std::string_view text, std::size_t offset = 0)
      : text_(text), offset_(offset) {}

  std::size_t offset() const { return offset_; }
  /// The next character other than space and comma; 0 at the end.
  char peek() {
    while (offset_ < text_.size() && (is_space(text_[offset_]) || text_[offset_] == ',')) {
      ++offset_;
    }
    return offset_ < text_.size() ? text_[offset_] : '\0';
  }
  void step() { ++offset_; }
  /// Moves behind the value at the cursor and gives its text.
  std::string_view value() {
    peek();
    const std::size_t start = offset_;
    std::size_t depth = 0;
    while (offset_ < text_.size()) {
      const char c = text_[offset_];
      if (c == '"') {
        skip_string();
      } else if (c == '{' || c == '[') {
        ++depth;
        ++offset_;
      } else if ((c == '}' || c == ']') && depth > 0) {
        --depth;
        ++offset_;
      } else if (depth == 0) {
        skip_word();
      } else {
        ++offset_;
      }
      if (depth == 0) break;
    }
    return text_.substr(start, offset_ - start);
  }

 private:
  void skip_string() {
    for (++offset_; offset_ < text_.size() && text_[offset_] != '"'; ++offset_) {
      if (text_[offset_] == '\\') ++offset_;
    }
    offset_ = std::min(offset_ + 1, text_.size());
  }
  /// A number, true, false or null.
  void skip_word() {
    constexpr std::string_view kEnds = ",]} \t\r\n:";
    offset_ = std::min(text_.find_first_of(kEnds, offset_ + 1), text_.size());
  }

  std::string_view text_;
  std::size_t offset_;
};

/// What a document is, found while its syntax is checked.
class Shape final : public JsonEvents {
 public:
  Shape(TextFile& file, std::size_t max_items) : file_(file), max_items_(max_items) {}

  bool has_rows() const { return rows_at_ != 0; }
  bool under_data() const { return rows_at_ == 2; }
  bool is_squad() const { return squad_; }

  bool scalar() override { return item(); }
  bool key(const std::string& name) override {
    if (depth_ == 1 && rows_at_ == 0) data_ = name == "data";
    // Of the first item only: then the items are not rows.
    if (rows_at_ != 0 && items_ == 1 && depth_ == rows_at_ + 1 && name == "paragraphs") {
      squad_ = true;
    }
    return true;
  }
  bool start_object() override { return open(); }
  bool end_object() override { return close(); }
  bool start_array() override {
    const bool rows = rows_at_ == 0 && (depth_ == 0 || (depth_ == 1 && data_));
    if (!open()) return false;
    if (rows) {
      rows_at_ = depth_;
      data_ = false;
    }
    return true;
  }
  bool end_array() override { return close(); }
  void passed(std::size_t offset) override { file_.passed(offset); }

 private:
  bool item() {
    if (rows_at_ == 0 || depth_ != rows_at_ || finished_) return true;
    ++items_;
    // Articles hold many rows: how many items are needed is not known.
    return squad_ || max_items_ == 0 || items_ <= max_items_;
  }
  bool open() {
    const bool go_on = item();
    ++depth_;
    return go_on;
  }
  bool close() {
    if (depth_ == rows_at_) finished_ = true;
    --depth_;
    return true;
  }

  TextFile& file_;
  std::size_t max_items_;
  std::size_t depth_ = 0;
  std::size_t rows_at_ = 0;  ///< depth inside the array of rows; 0: not found yet
  std::size_t items_ = 0;
  bool data_ = false;
  bool finished_ = false;
  bool squad_ = false;
};

/// Offset behind the '[' of the rows.
std::size_t start_of_items(std::string_view text, bool under_data) {
  JsonCursor cursor(text);
  cursor.peek();
  cursor.step();
  if (!under_data) return cursor.offset();
  while (cursor.peek() == '"') {
    const std::string_view key = cursor.value();
    while (cursor.peek() == ':') cursor.step();
    if (Json::parse(key) == "data" && cursor.peek() == '[') return cursor.offset() + 1;
    cursor.value();
  }
  return text.size();
}

class ItemReader : public RowReader {
 public:
  ItemReader(std::shared_ptr<TextFile> file, std::size_t start)
      : file_(std::move(file)), at_{start, 0, 0} {}

  std::optional<Example> next() override {
    auto item = next_item();
    if (!item) return std::nullopt;
    require_object(*item, file_->path() + ": row " + std::to_string(at_.number));
    return item;
  }
  bool skip() override { return item_text().has_value(); }
  Position position() const override { return at_; }
  void seek(const Position& position) override { at_ = position; }

 protected:
  std::optional<Json> next_item() {
    const auto text = item_text();
    if (!text) return std::nullopt;
    return parse_python_json(*text, file_->path());
  }

  std::shared_ptr<TextFile> file_;
  Position at_;

 private:
  std::optional<std::string_view> item_text() {
    JsonCursor cursor(file_->text(), at_.offset);
    const char first = cursor.peek();
    if (first == ']' || first == '\0') return std::nullopt;
    const std::string_view text = cursor.value();
    at_.offset = cursor.offset();
    ++at_.number;
    return text;
  }
};

class SquadReader final : public ItemReader {
 public:
  using ItemReader::ItemReader;

  std::optional<Example> next() override {
    while (true) {
      if (auto row = article_.next()) return row;
      if (!next_article()) return std::nullopt;
    }
  }
  bool skip() override {
    while (!article_.skip()) {
      if (!next_article()) return false;
    }
    return true;
  }
  Position position() const override {
    if (article_.rows() == 0) return at_;
    return {start_.offset, start_.number, article_.rows()};
  }
  void seek(const Position& position) override {
    at_ = {position.offset, position.number, 0};
    article_ = {};
    for (std::size_t i = 0; i < position.inner; ++i) skip();
  }

 private:
  bool next_article() {
    const Position start = at_;
    auto item = next_item();
    if (!item) return false;
    start_ = start;
    article_ = SquadArticle(*std::move(item),
                            file_->path() + ": data[" + std::to_string(start.number) + "]");
    return true;
  }

  Position start_;
  SquadArticle article_;
};

}  // namespace

std::unique_ptr<Table> open_json_lines(std::shared_ptr<TextFile> file, std::size_t max_rows) {
  auto reader = std::make_unique<JsonLinesReader>(file);
  return std::make_unique<IndexedTable>(std::move(file), std::move(reader),
                                        std::vector<std::string>{}, max_rows);
}

std::unique_ptr<Table> open_json_document(std::shared_ptr<TextFile> file, std::size_t max_rows) {
  file->require_utf8(file->text().size());
  Shape shape(*file, max_rows);
  walk_json(file->text(), shape, file->path());
  if (!shape.has_rows()) {
    throw Error("no rows in this JSON file", file->path(),
                "expected a list of objects, {\"data\": [...]} or one object a line");
  }
  const std::size_t start = start_of_items(file->text(), shape.under_data());
  std::unique_ptr<RowReader> reader;
  if (shape.is_squad()) {
    reader = std::make_unique<SquadReader>(file, start);
  } else {
    reader = std::make_unique<ItemReader>(file, start);
  }
  return std::make_unique<IndexedTable>(std::move(file), std::move(reader),
                                        std::vector<std::string>{}, max_rows);
}

}  // namespace quantbench::dataset
