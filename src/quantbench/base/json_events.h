#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace quantbench {

/// Receives the values of a JSON text in order. Override the events you need. Returning false ends
/// the parse.
class JsonEvents {
 public:
  virtual ~JsonEvents() = default;
  /// A number, string, boolean or null.
  virtual bool scalar() { return true; }
  virtual bool key(const std::string& /*name*/) { return true; }
  virtual bool start_object() { return true; }
  virtual bool end_object() { return true; }
  virtual bool start_array() { return true; }
  virtual bool end_array() { return true; }
  /// Called about every mebibyte of text. Text before the offset will not be read again.
  virtual void passed(std::size_t /*offset*/) {}
};

/// Parses `text` without storing it, and reports every value to `events`. Throws Error like
/// parse_json, naming `where`. Like parse_python_json, it takes NaN and infinities for null.
void walk_json(std::string_view text, JsonEvents& events, const std::string& where);

}  // namespace quantbench
