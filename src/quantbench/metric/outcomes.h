#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "quantbench/metric/registry.h"

namespace quantbench::metric {

/// The sum over the samples. Its ratio is the figure.
Part sum_of(const Outcomes& outcomes);

/// Outcomes in few letters, in one of two forms:
///
/// - Where each sample is right, {1, 1}, or wrong, {0, 1}: hexadecimal digits, "d0". Each digit has
///   four samples, the first in its highest bit; the last digit is filled up with zeros.
/// - Else a list of the parts that occur, and then which part each sample has: "0/0,0/1,2/2:0012".
///   The letters 0-9, A-Z, a-z number the parts. More than 62 parts need two letters a sample, more
///   than 3844 need three. Numbers are rounded to 7 digits.
std::string text_of(const Outcomes& outcomes);

/// Reads the outcomes of `samples` samples. nullopt if the text does not belong to that number of
/// samples, or has neither form.
std::optional<Outcomes> outcomes_of_text(std::string_view text, std::size_t samples);

}  // namespace quantbench::metric
