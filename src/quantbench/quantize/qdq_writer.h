#pragma once

#include <map>
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

/// Second half of the QDQ format: puts the marked tensors behind Q/DQ pairs.
///
///   activation   x ->                    =>   x -> QuantizeLinear -> DequantizeLinear ->
///   graph output -> y                    =>   -> QuantizeLinear -> DequantizeLinear -> y
///   constant     W ->                    =>   W_quantized -> DequantizeLinear ->
///   bias         b ->                    =>   b_quantized (int32) -> DequantizeLinear -> b
class QdqWriter {
 public:
  /// `maps`: of every activation that has a range.
  QdqWriter(graph::Model& model, graph::Wiring& wiring, const StaticOptions& options,
            const std::map<std::string, Affine>& maps, Report& report);

  /// Throws Error when a marked activation has no range.
  void write(const QdqMarker& marker);

 private:
  struct Constant {
    QdqMark mark;
    WeightScheme scheme;
    std::vector<Affine> maps;
  };
  /// What a quantized tensor is under.
  struct Params {
    std::string scale;
    std::string zero_point;
    std::vector<float> scales;
  };

  /// A bias that several nodes read is copied for each after the first, for the scales differ.
  std::vector<QdqBias> distinct(std::vector<QdqBias> biases);
  void map_constants(const std::vector<QdqMark>& marks);
  /// Widens scales under which a bias would not fit into int32.
  void widen_for_bias(const QdqBias& bias);
  void write_constants();
  void write_activation(const std::string& tensor, const QdqMarker& marker);
  void write_shared(std::vector<QdqMark> shared, const QdqMarker& marker);
  void write_bias(const QdqBias& bias);
  void write_pair(const std::string& tensor, const Params& params, const QdqMarker& marker);

  std::string store(graph::Initializer constant);
  void add_node(const std::string& op_type, std::initializer_list<std::string> inputs,
                const std::string& output, const std::string& name,
                std::optional<std::int64_t> axis);

  graph::Model& model_;
  graph::Wiring& wiring_;
  const StaticOptions& options_;
  const std::map<std::string, Affine>& maps_;
  Report& report_;
  graph::UniqueNames names_;
  std::vector<Constant> constants_;
  std::unordered_map<std::string, std::size_t> constant_positions_;
  std::unordered_map<std::string, Params> quantized_;
};

}  // namespace quantbench::quantize
