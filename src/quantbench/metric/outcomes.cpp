#include "quantbench/metric/outcomes.h"

namespace quantbench::metric {

namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

}  // namespace

std::string hex_digits(const Outcomes& outcomes) {
  std::string out;
  for (std::size_t start = 0; start < outcomes.size(); start += 4) {
    std::size_t digit = 0;
    for (std::size_t i = start; i < start + 4; ++i)
      digit = 2 * digit + (i < outcomes.size() && outcomes[i] ? 1 : 0);
    out += kDigits[digit];
  }
  return out;
}

std::optional<Outcomes> outcomes_of_digits(std::string_view digits, std::size_t samples) {
  if (digits.size() != (samples + 3) / 4) return std::nullopt;
  Outcomes out(samples);
  for (std::size_t i = 0; i < digits.size() * 4; ++i) {
    const std::size_t digit = kDigits.find(digits[i / 4]);
    if (digit == std::string_view::npos) return std::nullopt;
    const bool right = ((digit >> (3 - i % 4)) & 1) != 0;
    if (i < samples) {
      out[i] = right;
    } else if (right) {
      return std::nullopt;
    }
  }
  return out;
}

}  // namespace quantbench::metric
