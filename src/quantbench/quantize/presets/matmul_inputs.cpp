#include "quantbench/quantize/preset.h"

namespace quantbench::quantize {

namespace {

// Only the inputs of matrix products go to eight bits. Their outputs, sums, normalizations,
// activation functions and biases stay in float:
//
//   x -> MatMul(x, W) -> Add(bias) ->   =>   x -> Q -> DQ -> MatMul(., DQ(W by channel)) -> Add ->
//
//   q ---> MatMul(q, k) ->              =>   q -> Q -> DQ ---> MatMul ->      (s8, symmetric)
//   k -----^                                 k -> Q -> DQ -----^
//
// Inputs of products with weights are u8 and asymmetric, because a GELU's output is lopsided and
// u8 x s8 is what the integer instructions of x86 compute. Queries and keys lie around zero.
// Padding stays out of the ranges: a padded position may be louder than all tokens. The limit of
// least_token_sqnr is lower than usual. It is made for sums that a normalization follows, which
// would amplify the noise, and sums stay in float here.
class MatMulInputs final : public Preset {
 public:
  std::string summary() const override {
    return "for transformers: inputs of MatMul and Gemm in eight bits, weights by channel, all "
           "outputs and biases in float, padding masked";
  }

  std::optional<Json> options(ActivationRanges ranges) const override {
    if (ranges != ActivationRanges::kFromSamples) return std::nullopt;
    return Json{
        {"operators_to_quantize", {"MatMul", "Gemm"}},
        {"format", "QDQ"},
        {"activation_type", "uint8"},
        {"activation_symmetric", false},
        {"product_activation_type", "int8"},
        {"product_activation_symmetric", true},
        {"weights_dtype", "int8"},
        {"weight_symmetric", true},
        {"per_channel", true},
        {"quantize_outputs", false},
        {"quantize_bias", false},
        {"calibration",
         {{"calibration_padding", "longest"}, {"mask_padding", true}, {"least_token_sqnr", 10}}}};
  }

  bool is_advised() const override { return true; }

  std::string remedies() const override {
    return "sums, normalizations and outputs of products are quantized too";
  }
};

}  // namespace

void register_matmul_inputs(PresetRegistry& registry) {
  registry.add("matmul_inputs", std::make_unique<MatMulInputs>());
}

}  // namespace quantbench::quantize
