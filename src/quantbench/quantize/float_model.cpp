#include "quantbench/quantize/float_model.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "quantbench/base/error.h"

namespace quantbench::quantize {

namespace {

bool is_quantized(std::string_view op_type) {
  constexpr std::array<std::string_view, 16> kKinds = {"QuantizeLinear",
                                                       "DequantizeLinear",
                                                       "DynamicQuantizeLinear",
                                                       "MatMulInteger",
                                                       "ConvInteger",
                                                       "MatMulIntegerToFloat",
                                                       "DynamicQuantizeMatMul",
                                                       "DynamicQuantizeLSTM",
                                                       "QGemm",
                                                       "QAttention",
                                                       "QOrderedMatMul",
                                                       "QEmbedLayerNormalization",
                                                       "QMoE",
                                                       "MatMulNBits",
                                                       "MatMulBnb4",
                                                       "GatherBlockQuantized"};
  return op_type.starts_with("QLinear") ||
         std::find(kKinds.begin(), kKinds.end(), op_type) != kKinds.end();
}

}  // namespace

void require_float_model(const onnx::GraphProto& graph) {
  for (const onnx::NodeProto& node : graph.node()) {
    if (!is_quantized(node.op_type())) continue;
    throw Error("the model is already quantized: " + node.op_type(),
                "node '" +
                    (node.name().empty() && node.output_size() > 0 ? node.output(0) : node.name()) +
                    "'",
                "give the float model");
  }
}

}  // namespace quantbench::quantize
