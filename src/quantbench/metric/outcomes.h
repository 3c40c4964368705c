#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "quantbench/metric/registry.h"

namespace quantbench::metric {

/// Four samples a hexadecimal digit, the first in the digit's highest bit; the last digit is filled
/// up with zeros.
std::string hex_digits(const Outcomes& outcomes);

/// Reads the outcomes of `samples` samples. nullopt if the digits do not belong to that number of
/// samples.
std::optional<Outcomes> outcomes_of_digits(std::string_view digits, std::size_t samples);

}  // namespace quantbench::metric
