#pragma once

#include <cstddef>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace quantbench {

/// JSON that keeps the order of its keys: specs, cards and results are read by people.
using Json = nlohmann::ordered_json;

/// What one JSON text may hold: a few bytes of text cost up to a hundred of memory, and deep
/// nesting the stack of whoever walks it.
inline constexpr std::size_t kMaxJsonDepth = 512;
inline constexpr std::size_t kMaxJsonValues = 10'000'000;

/// Parses `text`. Throws Error naming `where`, the line and the column, or the bound that the text
/// passes; never lets a nlohmann exception escape. The time is linear in the length of the text.
Json parse_json(std::string_view text, const std::string& where);

/// Reads and parses a file. Throws Error (missing, unreadable, malformed).
Json read_json(const std::filesystem::path& path);

/// Adds a member whose key the object does not have yet, in constant time. (`object[key]` looks
/// through all keys, which takes quadratic time for an object of many.)
Json& append_member(Json& object, std::string key, Json value);

/// The number, or null for infinities and NaN, which JSON has not.
Json finite_or_null(double value);

/// `value` on one line. Bytes that are not UTF-8 become U+FFFD, infinities and NaN become null.
std::string to_line(const Json& value);

/// As to_line, with line breaks and two spaces of indentation a level; no line break at the end.
/// Both escape control characters of every kind (utf8.h): no terminal acts upon JSON that it shows.
std::string to_lines(const Json& value);

/// `value` as Python's repr() writes it: None, True, 'text', [..], {'key': value}; floats as Python
/// prints them (shortest form that reads back, "1e-05", always with a point or exponent). Cards are
/// written in this form.
std::string python_repr(const Json& value);

/// Required member of an object with a readable error: "config.json: missing key 'hidden_size'". T
/// is one of std::string, bool, std::int64_t, double; a value of another type is an Error as well.
template <typename T>
T require(const Json& object, std::string_view key, const std::string& where);

/// As `require`, but `fallback` when the key is missing or null.
template <typename T>
T value_or(const Json& object, std::string_view key, T fallback, const std::string& where);

}  // namespace quantbench
