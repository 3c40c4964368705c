#pragma once

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "quantbench/base/record.h"
#include "quantbench/graph/model.h"

namespace quantbench::graph {

/// An operator of a graph, and the precision that it computes in.
struct NodeArithmetic {
  std::string name = {};
  /// With its domain if that is not ONNX's own: "com.microsoft.QAttention".
  std::string op_type = {};
  /// Element type of the arithmetic: "int8" (int8 and uint8), "float32", "int64", ...; "unknown" if
  /// the graph does not tell. Of a conversion both: "float32 to int8".
  std::string precision = {};
  /// A matrix product, a convolution, a recurrent layer or attention: where the time goes.
  bool is_product = false;
  /// Of a product with a constant weight: how the graph stores it ("int8", "int4", "float16", ...),
  /// whatever it is converted to before the product. Else empty.
  std::string weight = {};
  std::int64_t weight_elements = 0;
  /// Of a product: its first input is computed by a DequantizeLinear. Where a runtime executes this
  /// node, it has not fused the Q/DQ pair.
  bool dequantized_input = false;

  static constexpr auto fields() {
    return std::tuple(
        field("name", &NodeArithmetic::name), field("op_type", &NodeArithmetic::op_type),
        field("precision", &NodeArithmetic::precision),
        field("is_product", &NodeArithmetic::is_product), field("weight", &NodeArithmetic::weight),
        field("weight_elements", &NodeArithmetic::weight_elements),
        field("dequantized_input", &NodeArithmetic::dequantized_input));
  }
};

/// "com.microsoft.QAttention", "MatMul".
std::string qualified_name(const onnx::NodeProto& node);

/// All nodes, each followed by the nodes of its subgraphs.
///
/// The precision follows from the types of a node's tensors; of a product, from its first input.
/// Integer operators (MatMulInteger, QLinearConv, QAttention, ...) count as int8 by their name,
/// also those that quantize a float input themselves: DynamicQuantizeMatMul, DynamicQuantizeLSTM,
/// and MatMulNBits with accuracy_level 4 (its definition in com.microsoft).
///
/// A weight is the largest constant of rank 2 or more that a product reads, directly or through
/// nodes that read constants only (DequantizeLinear, Transpose, Cast, ...).
std::vector<NodeArithmetic> arithmetic_of(const Model& model);

}  // namespace quantbench::graph
