#include "quantbench/quantize/optimum.h"

#include <algorithm>
#include <utility>

namespace quantbench::quantize {

OptimumPreset::OptimumPreset(std::string machine, std::string weights,
                             std::vector<std::string> wanted, std::vector<std::string> better)
    : machine_(std::move(machine)),
      weights_(std::move(weights)),
      wanted_(std::move(wanted)),
      better_(std::move(better)) {}

std::string OptimumPreset::summary() const {
  return "as Optimum's AutoQuantizationConfig has it for " + machine_;
}

std::optional<Json> OptimumPreset::options(ActivationRanges ranges) const {
  const std::string s8 = "int8";
  if (ranges == ActivationRanges::kAtRunTime) {
    if (weights_ != s8) return std::nullopt;
    return Json{{"operators_to_quantize", nullptr},
                {"per_channel", true},
                {"reduce_range", false},
                {"weights_dtype", s8},
                {"matmul_const_b_only", false}};
  }
  return Json{{"operators_to_quantize",
               {"Conv",
                "ConvTranspose",
                "Gemm",
                "Clip",
                "Relu",
                "Reshape",
                "Transpose",
                "Squeeze",
                "Flatten",
                "Unsqueeze",
                "Resize",
                "MaxPool",
                "AveragePool",
                "Slice",
                "Pad",
                "MatMul",
                "Split",
                "Gather",
                "Where",
                "GatherElements",
                "TopK",
                "InstanceNormalization",
                "CumSum",
                "LayerNormalization",
                "BatchNormalization"}},
              {"format", "QDQ"},
              {"activation_type", "uint8"},
              {"activation_symmetric", false},
              {"weights_dtype", weights_},
              {"weight_symmetric", true},
              {"per_channel", true},
              {"reduce_range", false},
              {"add_qdq_pair_to_weight", false},
              {"dedicated_qdq_pair", false}};
}

bool OptimumPreset::suits(const std::vector<std::string>& instruction_sets) const {
  const auto has = [&](const std::string& name) {
    return std::find(instruction_sets.begin(), instruction_sets.end(), name) !=
           instruction_sets.end();
  };
  return std::all_of(wanted_.begin(), wanted_.end(), has) &&
         std::none_of(better_.begin(), better_.end(), has);
}

}  // namespace quantbench::quantize
