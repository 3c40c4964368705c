#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "quantbench/graph/edit.h"
#include "quantbench/graph/model.h"
#include "quantbench/graph/wiring.h"
#include "quantbench/quantize/qdq_marker.h"
#include "quantbench/quantize/weights.h"

namespace quantbench::quantize {

/// Second half of the QDQ format: inserts Q/DQ pairs for the marked tensors.
///
///   activation   x ->                    =>   x -> QuantizeLinear -> DequantizeLinear ->
///   graph output -> y                    =>   -> QuantizeLinear -> DequantizeLinear -> y
///   constant     W ->                    =>   W_quantized -> DequantizeLinear ->
///   bias         b ->                    =>   b_quantized (int32) -> DequantizeLinear -> b
class QdqWriter {
 public:
  /// `maps`: scale and zero point of every activation with a range. `products`: as
  /// product_activations gives them.
  QdqWriter(graph::Model& model, graph::Wiring& wiring, const StaticOptions& options,
            const std::map<std::string, Affine>& maps, const std::set<std::string>& products,
            Report& report);

  /// Every marked activation has a range.
  void write(const QdqMarker& marker);

 private:
  struct Constant {
    QdqMark mark;
    WeightScheme scheme;
    std::vector<Affine> maps;
  };
  /// Scale and zero point of a quantized tensor.
  struct Params {
    std::string scale;
    std::string zero_point;
    std::vector<float> scales;
  };

  /// If several nodes read a bias, each after the first gets a copy, because the scales differ.
  std::vector<QdqBias> distinct(std::vector<QdqBias> biases);
  void map_constants(const std::vector<QdqMark>& marks);
  /// Widens scales for which a bias would not fit int32.
  void widen_for_bias(const QdqBias& bias);
  void write_constants();
  void write_activation(const std::string& tensor, const QdqMarker& marker);
  void write_shared(std::vector<QdqMark> shared, const QdqMarker& marker);
  void write_bias(const QdqBias& bias);
  /// Whether ONNX Runtime would make an invalid model of a float bias: it quantizes a bias beside a
  /// weight by channel itself (WeightBiasQuantization), and gives it a DequantizeLinear with an
  /// axis, which operator sets below 13 do not have.
  bool runtime_would_break(const QdqBias& bias) const;
  void write_pair(const std::string& tensor, const Params& params, const QdqMarker& marker);
  /// One pair for all readers that have none of their own.
  template <typename Pair>
  void write_common_pair(const std::string& tensor, const Pair& pair);

  std::string store(graph::Initializer constant);
  void add_node(const std::string& op_type, std::initializer_list<std::string> inputs,
                const std::string& output, const std::string& name,
                std::optional<std::int64_t> axis);

  graph::Model& model_;
  graph::Wiring& wiring_;
  const StaticOptions& options_;
  const std::map<std::string, Affine>& maps_;
  const std::set<std::string>& products_;
  Report& report_;
  graph::UniqueNames names_;
  std::vector<Constant> constants_;
  std::unordered_map<std::string, std::size_t> constant_positions_;
  std::unordered_map<std::string, Params> quantized_;
};

}  // namespace quantbench::quantize
