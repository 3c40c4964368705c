#include "quantbench/analysis/allowance.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <optional>

#include "quantbench/base/error.h"
#include "quantbench/base/text.h"

namespace quantbench::analysis {

namespace {

/// "5%" or "0.05", as 0.05; nullopt for other texts and for negative values.
std::optional<Allowance> amount_of(const std::string& text) {
  Allowance out;
  std::string_view number = trim(text);
  if (number.ends_with('%')) {
    out.relative = true;
    number = trim(number.substr(0, number.size() - 1));
  }
  const auto [end, failure] =
      std::from_chars(number.data(), number.data() + number.size(), out.amount);
  const bool whole = failure == std::errc() && end == number.data() + number.size();
  if (!whole || !std::isfinite(out.amount) || out.amount < 0) return std::nullopt;
  if (out.relative) out.amount /= 100;
  return out;
}

}  // namespace

Allowance Allowance::parse(const std::string& text, const std::string& option) {
  if (const auto found = amount_of(text)) return *found;
  throw Error("'" + text + "' is not a valid threshold", option,
              "use a share such as 5%, or an amount such as 0.01");
}

Allowance Allowance::parse_share(const std::string& text, const std::string& option) {
  Allowance out = parse(text, option);
  if (!out.relative && out.amount >= 1) {
    throw Error(fmt::format("'{}' is {} %", text, 100 * out.amount), option,
                fmt::format("for {} % give {}%", out.amount, text));
  }
  out.relative = true;
  return out;
}

double parse_ratio(const std::string& text, const std::string& option) {
  constexpr double kPlausible = 10;
  const auto found = amount_of(text);
  if (!found || found->amount == 0) {
    throw Error("'" + text + "' is not a valid limit", option,
                "use a ratio such as 0.8, or a share such as 80%");
  }
  if (!found->relative && found->amount >= kPlausible) {
    throw Error(fmt::format("'{}' is {} times the original", text, found->amount), option,
                fmt::format("for {} % give {}%", found->amount, text));
  }
  return found->amount;
}

}  // namespace quantbench::analysis
