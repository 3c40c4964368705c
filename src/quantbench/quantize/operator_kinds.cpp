#include "quantbench/quantize/operator_kinds.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "quantbench/base/error.h"
#include "quantbench/base/text.h"
#include "quantbench/quantize/dynamic_operator.h"
#include "quantbench/quantize/static_operator.h"

namespace quantbench::quantize {

std::vector<std::string> operator_kinds() {
  std::vector<std::string> names = static_operators().names();
  for (const std::string& name : dynamic_operators().names()) names.push_back(name);
  // ONNX Runtime's dynamic quantizer has a form of it, which nothing here has yet.
  names.emplace_back("LSTM");
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

void require_operator_kinds(std::span<const std::string> names) {
  const std::vector<std::string> kinds = operator_kinds();
  for (const std::string& name : names) {
    if (std::find(kinds.begin(), kinds.end(), name) == kinds.end()) {
      throw Error("unknown operator kind '" + name + "'", "operators_to_quantize",
                  suggest(name, kinds));
    }
  }
}

bool computes(const std::string& op_type) {
  constexpr std::array<std::string_view, 33> kMoves = {
      "And",       "Cast",      "Concat", "Constant", "ConstantOfShape", "Equal",
      "Expand",    "Flatten",   "Gather", "GatherND", "GatherElements",  "Greater",
      "Identity",  "If",        "Less",   "Loop",     "NonZero",         "Not",
      "Or",        "Pad",       "Range",  "Reshape",  "ScatterElements", "ScatterND",
      "Shape",     "Size",      "Slice",  "Split",    "Squeeze",         "Tile",
      "Transpose", "Unsqueeze", "Where"};
  return std::find(kMoves.begin(), kMoves.end(), op_type) == kMoves.end();
}

}  // namespace quantbench::quantize
