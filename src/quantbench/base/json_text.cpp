#include "quantbench/base/json_text.h"

#include <algorithm>

#include "quantbench/base/error.h"

namespace quantbench {

std::string json_place(std::string_view text, std::size_t offset, const std::string& where) {
  const std::string_view before = text.substr(0, offset);
  return where + ":" + std::to_string(1 + std::count(before.begin(), before.end(), '\n'));
}

void refuse_json(std::string_view text, std::size_t byte, const nlohmann::json::exception& refusal,
                 const std::string& where) {
  constexpr int kOutOfRange = 406;
  if (refusal.id == kOutOfRange) throw Error("not valid JSON: a number is out of range", where);
  const std::size_t end = byte == 0 ? 0 : std::min(byte - 1, text.size());
  const std::size_t line_break = text.substr(0, end).rfind('\n');
  const std::size_t column = line_break == std::string_view::npos ? end + 1 : end - line_break;
  throw Error("not valid JSON at column " + std::to_string(column), json_place(text, end, where));
}

}  // namespace quantbench
