#include "quantbench/runtime/openvino/errors.h"

#include <algorithm>
#include <array>
#include <regex>
#include <utility>
#include <vector>

#include "quantbench/base/text.h"

namespace quantbench::runtime::openvino_plugin {

namespace {

constexpr std::string_view kUnknown = "No conversion rule found for operations: ";

/// Lines about OpenVINO's own work, or that repeat others.
constexpr std::array<std::string_view, 5> kLeftOut = {
    "FrontEnd API failed with ", "Model wasn't fully converted",
    "Summary:", "-- Conversion is failed for: ", kUnknown};

bool is_left_out(const std::string& line) {
  if (line.starts_with("-- ") && line.ends_with(" with a message:")) return true;
  return std::ranges::any_of(kLeftOut,
                             [&](std::string_view start) { return line.starts_with(start); });
}

}  // namespace

std::string in_one_line(std::string_view message) {
  // "Exception from src/core.cpp:92:", "Check 'x' failed at src/core/model.cpp:7:"
  static const std::regex place(R"(Exception from \S+:\d+:|Check '[^\n]*' failed at \S+:\d+:)");
  const std::string text = std::regex_replace(std::string(message), place, "");
  std::vector<std::string> lines;
  for (const std::string& line : split(text, '\n')) {
    std::string trimmed(trim(line));
    if (!trimmed.empty() && !is_left_out(trimmed)) lines.push_back(std::move(trimmed));
  }
  return lines.empty() ? join(split(std::string(trim(message)), '\n'), " ") : join(lines, " ");
}

std::string unknown_operators(std::string_view message) {
  const std::size_t begin = message.find(kUnknown);
  if (begin == std::string_view::npos) return {};
  const std::string_view rest = message.substr(begin + kUnknown.size());
  return std::string(trim(rest.substr(0, rest.find('\n'))));
}

}  // namespace quantbench::runtime::openvino_plugin
