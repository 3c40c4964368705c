#include "quantbench/report/labels.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "quantbench/base/text.h"

namespace quantbench::report {

namespace {

std::string three_digits(double value) {
  return fmt::format("{:.{}f}", value, value < 1 ? 3 : value < 10 ? 2 : value < 100 ? 1 : 0);
}

}  // namespace

std::string shape_label(const store::RunResult& result, const analysis::Shape& shape) {
  if (result.input_size.empty())
    return fmt::format("{} x {}", shape.batch_size, shape.input_length);
  std::string size = result.input_size;
  size.erase(std::remove(size.begin(), size.end(), ' '), size.end());
  return fmt::format("{} x {}", shape.batch_size, size);
}

std::string shape_words(const store::RunResult& result, const analysis::Shape& shape) {
  if (result.input_size.empty())
    return fmt::format("batch size {}, input length {}", shape.batch_size, shape.input_length);
  return fmt::format("batch size {}, images of {}", shape.batch_size, result.input_size);
}

std::string shape_heading(const store::RunResult& result) {
  return result.input_size.empty() ? "batch size x input length" : "batch size x image";
}

std::string rows_at(std::vector<std::size_t> places) {
  constexpr std::size_t kShortestRange = 4;
  std::sort(places.begin(), places.end());
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin < places.size();) {
    std::size_t end = begin + 1;
    while (end < places.size() && places[end] == places[begin] + (end - begin)) ++end;
    if (end - begin >= kShortestRange) {
      parts.push_back(fmt::format("{}-{}", places[begin], places[end - 1]));
    } else {
      for (std::size_t i = begin; i < end; ++i) parts.push_back(std::to_string(places[i]));
    }
    begin = end;
  }
  const std::string noun = places.size() == 1 ? "row " : "rows ";
  if (parts.size() < 2) return noun + join(parts, "");
  const std::string last = parts.back();
  parts.pop_back();
  return noun + join(parts, ", ") + " and " + last;
}

std::string milliseconds(double value) { return three_digits(value); }

std::string per_second(double value) { return three_digits(value); }

std::string joules(double value) {
  return value < 1 ? fmt::format("{:.3g}", value) : three_digits(value);
}

std::string money(double value) { return joules(value); }

std::string stream_label(std::int64_t streams) {
  return std::to_string(streams) + (streams == 1 ? " stream" : " streams");
}

std::string change_number(const metric::Figure& meaning, double change) {
  const std::string text = meaning.point > 0 ? fmt::format("{:+.2f}", change / meaning.point)
                                             : fmt::format("{:+.4f}", change);
  const bool is_zero = text.find_first_of("123456789") == std::string::npos;
  return is_zero ? text.substr(1) : text;
}

std::string change_text(const metric::Figure& meaning, double change) {
  return change_number(meaning, change) + (meaning.point > 0 ? " points" : "");
}

}  // namespace quantbench::report
