#include "quantbench/base/python_json.h"

#include <array>

#include "quantbench/base/json_builder.h"
#include "quantbench/base/json_text.h"

namespace quantbench {

void PythonJsonText::advance() {
  if (null_ != nullptr) {
    if (*++null_ != '\0') return;
    null_ = nullptr;
    at_ += word_;
    return;
  }
  const char c = *at_++;
  if (in_string_) {
    if (c == '"' && !escaped_) in_string_ = false;
    escaped_ = c == '\\' && !escaped_;
  } else if (c == '"') {
    in_string_ = true;
  }
  if (!in_string_) look_for_word();
}

void PythonJsonText::look_for_word() {
  if (at_ == end_ || (*at_ != 'N' && *at_ != 'I' && *at_ != '-')) return;
  constexpr std::array<std::string_view, 3> kWords = {"NaN", "Infinity", "-Infinity"};
  const std::string_view rest(at_, static_cast<std::size_t>(end_ - at_));
  for (const std::string_view word : kWords) {
    if (!rest.starts_with(word)) continue;
    null_ = "null";
    word_ = word.size();
    return;
  }
}

Json parse_python_json(std::string_view text, const std::string& where) {
  PythonJsonText from(text);
  PythonJsonText to(text, text.size());
  // Messages about bounds name the first line.
  const char* position = text.data();
  JsonBuilder builder(text, position, where, kMaxJsonValues);
  Json::sax_parse(JsonCharacters(from), JsonCharacters(to), &builder);
  return builder.take();
}

bool is_python_json(std::string_view text) {
  PythonJsonText from(text);
  PythonJsonText to(text, text.size());
  return Json::accept(JsonCharacters(from), JsonCharacters(to));
}

}  // namespace quantbench
