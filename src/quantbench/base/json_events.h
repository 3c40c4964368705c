#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace quantbench {

/// Hears of the values of a JSON text in order. Overridden where they are of interest; returning
/// false ends the parse.
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
  /// Told about every mebibyte of text: nothing before the offset is read any more.
  virtual void passed(std::size_t /*offset*/) {}
};

/// Parses `text` without keeping it and tells `events` of every value. Throws Error as parse_json
/// does, naming `where`.
void walk_json(std::string_view text, JsonEvents& events, const std::string& where);

}  // namespace quantbench
