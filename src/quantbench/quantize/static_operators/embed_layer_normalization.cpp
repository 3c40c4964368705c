#include "quantbench/quantize/qdq_marker.h"
#include "quantbench/quantize/qoperator_writer.h"
#include "quantbench/quantize/static_operator.h"

namespace quantbench::quantize {

namespace {

// The sum of embeddings and its normalization, as fused by ONNX Runtime. QDQ: a pair on each float
// tensor. QOperator: QEmbedLayerNormalization of com.microsoft on the tables' integers; its output
// is float.
class StaticEmbedLayerNormalization : public AllTensors {
 public:
  std::string write(QOperatorWriter& writer, const onnx::NodeProto& node) const override {
    constexpr int kWords = 2;
    constexpr int kBeta = 6;
    if (node.output_size() > 2) return "its sum of embeddings is read as well";
    if (node.input_size() <= kBeta) return "it has no scale and bias";
    std::vector<std::string> tables(node.input().begin() + kWords,
                                    node.input().begin() + kBeta + 1);
    std::erase(tables, "");  // the embedding of types is optional
    if (std::string why = writer.obstacle(tables); !why.empty()) return why;
    std::vector<std::string> inputs = {node.input(0), node.input(1)};
    std::vector<std::string> scales;
    std::vector<std::string> zero_points;
    for (int i = kWords; i <= kBeta; ++i) {
      const IntegerTensor table = writer.activation(node.input(i));
      inputs.push_back(table.values);
      scales.push_back(table.scale);
      zero_points.push_back(table.zero_point);
    }
    inputs.push_back(node.input_size() > kBeta + 1 ? node.input(kBeta + 1) : "");
    inputs.insert(inputs.end(), scales.begin(), scales.end());
    inputs.insert(inputs.end(), zero_points.begin(), zero_points.end());
    writer.emit(QOperatorWriter::integer_node(node, "QEmbedLayerNormalization", inputs,
                                              {node.output().begin(), node.output().end()}));
    return "";
  }
};

}  // namespace

void register_embed_layer_normalization(StaticOperatorRegistry& registry) {
  registry.add("EmbedLayerNormalization", std::make_unique<StaticEmbedLayerNormalization>());
}

}  // namespace quantbench::quantize
