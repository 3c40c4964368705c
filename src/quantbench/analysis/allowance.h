#pragma once

#include <string>

namespace quantbench::analysis {

/// How much worse a figure may get: an amount, or a share of the value before.
struct Allowance {
  double amount = 0;
  bool relative = false;

  /// "5%" is a share, "0.01" is an amount. Throws Error naming `option` for other texts and for
  /// negative values.
  static Allowance parse(const std::string& text, const std::string& option);
  /// A share either way: "5%" and "0.05" are the same. Throws Error as well for a number of 1 and
  /// more without a per cent sign, which is not what its author meant.
  static Allowance parse_share(const std::string& text, const std::string& option);
};

/// A row's figure as a multiple of its original's: "80%" and "0.8" are the same. Throws Error
/// naming `option` for other texts, for 0, and for 10 and more without a per cent sign, which is
/// not what its author meant.
double parse_ratio(const std::string& text, const std::string& option);

}  // namespace quantbench::analysis
