#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "quantbench/measure/ratio.h"
#include "quantbench/search/budget.h"

namespace quantbench::search {

/// A quantized model that a search may choose, and what the search knows of it by now.
struct Candidate {
  std::size_t cell = 0;  ///< of the laboratory
  std::string name;
  /// Why it is out, in words; empty: it is not.
  std::string out = {};
  bool is_outside = false;    ///< it is out for its loss
  bool is_slower = false;     ///< it is out because another one is better in the objective
  bool is_no_better = false;  ///< it is out because it is worse than the original in the objective
  std::optional<Loss> loss = {};
  std::optional<measure::Ratio> gain = {};  ///< over the original, in the objective
  /// Of mixed precision: operators of its model that are left in float for the budget.
  std::size_t in_float = 0;
  std::vector<std::string> quantized_nodes = {};

  double gain_value() const { return gain ? gain->value : 0; }
};

}  // namespace quantbench::search
