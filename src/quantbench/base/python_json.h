#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "quantbench/base/json.h"

namespace quantbench {

/// JSON text as Python's json module writes it, character by character: NaN, Infinity and
/// -Infinity, which JSON has not, read as null.
class PythonJsonText {
 public:
  explicit PythonJsonText(std::string_view text, std::size_t offset = 0)
      : at_(text.data() + offset), end_(text.data() + text.size()) {
    look_for_word();
  }

  const char& current() const { return null_ != nullptr ? *null_ : *at_; }
  void advance();
  /// Where the text is read; the start of a word that reads as null.
  const char* at() const { return at_; }

 private:
  void look_for_word();

  const char* at_;
  const char* end_;
  const char* null_ = nullptr;  ///< the rest of "null" that is still to come
  std::size_t word_ = 0;        ///< length of the word in its place
  bool in_string_ = false;
  bool escaped_ = false;
};

/// As parse_json, for a row of a data set, which Python may have written.
Json parse_python_json(std::string_view text, const std::string& where);

/// Whether it is one JSON text.
bool is_python_json(std::string_view text);

}  // namespace quantbench
