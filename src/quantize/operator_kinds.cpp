#include "quantbench/quantize/operator_kinds.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "quantbench/base/error.h"
#include "quantbench/base/text.h"

namespace quantbench::quantize {

const std::vector<std::string>& operator_kinds() {
  static const std::vector<std::string> kinds = {
      "Add",
      "ArgMax",
      "Attention",
      "AveragePool",
      "BatchNormalization",
      "Clip",
      "Concat",
      "Conv",
      "ConvTranspose",
      "CumSum",
      "EmbedLayerNormalization",
      "Flatten",
      "Gather",
      "GatherElements",
      "Gemm",
      "GlobalAveragePool",
      "InstanceNormalization",
      "LSTM",
      "LayerNormalization",
      "LeakyRelu",
      "MatMul",
      "MaxPool",
      "Mul",
      "Pad",
      "Relu",
      "Reshape",
      "Resize",
      "Sigmoid",
      "Slice",
      "Softmax",
      "Split",
      "Squeeze",
      "TopK",
      "Transpose",
      "Unsqueeze",
      "Where",
  };
  return kinds;
}

void require_operator_kinds(std::span<const std::string> names) {
  const auto& kinds = operator_kinds();
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
