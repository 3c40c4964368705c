#include "quantbench/metric/outcomes.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <map>
#include <vector>

#include "quantbench/base/text.h"

namespace quantbench::metric {

namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kLetters =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// More than enough for the noise of a figure, and few enough for a short text.
constexpr int kDigits = 7;

bool is_right_or_wrong(const Part& part) {
  return part.denominator == 1 && (part.numerator == 0 || part.numerator == 1);
}

std::string hex_digits(const Outcomes& outcomes) {
  std::string out;
  for (std::size_t start = 0; start < outcomes.size(); start += 4) {
    std::size_t digit = 0;
    for (std::size_t i = start; i < start + 4; ++i)
      digit = 2 * digit + (i < outcomes.size() && outcomes[i].numerator == 1 ? 1 : 0);
    out += kHexDigits[digit];
  }
  return out;
}

std::optional<Outcomes> outcomes_of_digits(std::string_view digits, std::size_t samples) {
  if (digits.size() != samples / 4 + (samples % 4 == 0 ? 0 : 1)) return std::nullopt;
  Outcomes out(samples);
  for (std::size_t i = 0; i < digits.size() * 4; ++i) {
    const std::size_t digit = kHexDigits.find(digits[i / 4]);
    if (digit == std::string_view::npos) return std::nullopt;
    const bool right = ((digit >> (3 - i % 4)) & 1) != 0;
    if (i < samples) {
      out[i] = {right ? 1.0 : 0.0, 1};
    } else if (right) {
      return std::nullopt;
    }
  }
  return out;
}

std::string number_text(double number) {
  std::array<char, 32> text{};
  char* const begin = text.data();
  return {
      begin,
      std::to_chars(begin, begin + text.size(), number, std::chars_format::general, kDigits).ptr};
}

std::optional<double> number_of(std::string_view text) {
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, fault] = std::from_chars(text.data(), end, number);
  if (fault != std::errc() || rest != end || !std::isfinite(number)) return std::nullopt;
  return number;
}

/// "2/3"
std::optional<Part> part_of(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto numerator = number_of(text.substr(0, slash));
  const auto denominator = number_of(text.substr(slash + 1));
  if (!numerator || !denominator || *denominator < 0) return std::nullopt;
  return Part{*numerator, *denominator};
}

/// How many letters number `parts` parts.
std::size_t letters_for(std::size_t parts) {
  std::size_t letters = 1;
  for (std::size_t reach = kLetters.size(); reach < parts; reach *= kLetters.size()) ++letters;
  return letters;
}

std::string letters_of(std::size_t number, std::size_t letters) {
  std::string out(letters, kLetters[0]);
  for (std::size_t i = letters; i-- > 0; number /= kLetters.size())
    out[i] = kLetters[number % kLetters.size()];
  return out;
}

/// SIZE_MAX for anything but letters.
std::size_t number_of_letters(std::string_view letters) {
  std::size_t number = 0;
  for (const char letter : letters) {
    const std::size_t digit = kLetters.find(letter);
    if (digit == std::string_view::npos) return SIZE_MAX;
    number = number * kLetters.size() + digit;
  }
  return number;
}

std::optional<std::vector<Part>> parts_of(std::string_view list) {
  std::vector<Part> out;
  for (const std::string& text : split(list, ',')) {
    const auto part = part_of(text);
    if (!part) return std::nullopt;
    out.push_back(*part);
  }
  return out;
}

}  // namespace

Part sum_of(const Outcomes& outcomes) {
  Part sum;
  for (const Part& part : outcomes) sum += part;
  return sum;
}

std::string text_of(const Outcomes& outcomes) {
  if (std::ranges::all_of(outcomes, is_right_or_wrong)) return hex_digits(outcomes);
  std::vector<std::string> parts;
  std::map<std::string, std::size_t> numbers;
  std::vector<std::size_t> part_of_sample;
  for (const Part& part : outcomes) {
    std::string text = number_text(part.numerator) + "/" + number_text(part.denominator);
    const auto [known, is_new] = numbers.emplace(std::move(text), parts.size());
    if (is_new) parts.push_back(known->first);
    part_of_sample.push_back(known->second);
  }
  std::string out = join(parts, ",") + ":";
  const std::size_t letters = letters_for(parts.size());
  for (const std::size_t part : part_of_sample) out += letters_of(part, letters);
  return out;
}

std::optional<Outcomes> outcomes_of_text(std::string_view text, std::size_t samples) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return outcomes_of_digits(text, samples);
  const auto parts = parts_of(text.substr(0, colon));
  if (!parts) return std::nullopt;
  text.remove_prefix(colon + 1);
  const std::size_t letters = letters_for(parts->size());
  if (text.size() % letters != 0 || text.size() / letters != samples) return std::nullopt;
  Outcomes out;
  out.reserve(samples);
  for (std::size_t start = 0; start < text.size(); start += letters) {
    const std::size_t part = number_of_letters(text.substr(start, letters));
    if (part >= parts->size()) return std::nullopt;
    out.push_back((*parts)[part]);
  }
  return out;
}

}  // namespace quantbench::metric
