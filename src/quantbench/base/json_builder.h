#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "quantbench/base/json.h"

namespace quantbench {

/// Builds a document from the events of nlohmann's parser, within the bounds of parse_json. The
/// parser's own builder has no bounds, and looks through all keys of an object for each that comes.
///
/// A key that an object has twice keeps its first place and its last value, as there.
class JsonBuilder {
 public:
  /// `position` is where the parser is in the text, and `where` what messages call the text.
  JsonBuilder(std::string_view text, const char* const& position, const std::string& where,
              std::size_t most_values)
      : text_(text), position_(position), where_(where), most_values_(most_values) {}

  Json take() { return std::move(root_); }

  // The events of nlohmann's SAX interface.

  bool null() { return scalar(nullptr); }
  bool boolean(bool value) { return scalar(value); }
  bool number_integer(Json::number_integer_t value) { return scalar(value); }
  bool number_unsigned(Json::number_unsigned_t value) { return scalar(value); }
  bool number_float(Json::number_float_t value, const Json::string_t&) { return scalar(value); }
  bool string(Json::string_t& value) { return scalar(std::move(value)); }
  bool binary(Json::binary_t& value) { return scalar(std::move(value)); }
  bool key(Json::string_t& name);
  bool start_object(std::size_t) { return open(Json::value_t::object); }
  bool end_object() { return close(); }
  bool start_array(std::size_t) { return open(Json::value_t::array); }
  bool end_array() { return close(); }
  [[noreturn]] bool parse_error(std::size_t byte, const std::string&,
                                const nlohmann::json::exception& refusal);

 private:
  /// A list or object whose end has not come.
  struct Open {
    Json* value;
    /// Where each key of a large object is.
    std::unordered_map<std::string, std::size_t> places = {};
  };

  template <typename Value>
  bool scalar(Value&& value) {
    put(Json(std::forward<Value>(value)));
    return true;
  }
  bool open(Json::value_t type);
  bool close();
  Json& put(Json value);
  Json& member(Json::string_t& name);
  [[noreturn]] void refuse(const std::string& problem) const;

  std::string_view text_;
  const char* const& position_;
  const std::string& where_;
  Json root_;
  std::size_t most_values_;
  std::size_t values_ = 0;
  std::vector<Open> open_;
  /// The value that belongs to the key last read.
  Json* awaited_ = nullptr;
};

}  // namespace quantbench
