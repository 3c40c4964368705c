#pragma once

#include <cstddef>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace quantbench {

/// A JSON text as it is. `position`, which the caller owns, follows the parser, so that a message
/// can name the line.
class PlainJsonText {
 public:
  explicit PlainJsonText(const char*& position) : position_(&position) {}

  const char& current() const { return **position_; }
  void advance() { ++*position_; }
  const char* at() const { return *position_; }

 private:
  const char** position_;
};

/// The characters of a text for nlohmann's parser. The text, which the caller owns, follows the
/// parser. It has the members of PlainJsonText.
template <typename Text>
class JsonCharacters {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  explicit JsonCharacters(Text& text) : text_(&text) {}

  const char& operator*() const { return text_->current(); }
  JsonCharacters& operator++() {
    text_->advance();
    return *this;
  }
  JsonCharacters operator++(int) {
    JsonCharacters before = *this;
    ++*this;
    return before;
  }
  bool operator==(const JsonCharacters& other) const { return text_->at() == other.text_->at(); }

 private:
  Text* text_;
};

/// "config.json:3": the line of the byte at `offset`.
std::string json_place(std::string_view text, std::size_t offset, const std::string& where);

/// Throws the Error about a text that nlohmann's parser refuses at `byte`, counted from 1.
[[noreturn]] void refuse_json(std::string_view text, std::size_t byte,
                              const nlohmann::json::exception& refusal, const std::string& where);

}  // namespace quantbench
