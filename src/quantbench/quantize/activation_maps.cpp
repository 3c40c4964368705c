#include "quantbench/quantize/activation_maps.h"

#include <fmt/format.h>

#include <cmath>

#include "quantbench/base/error.h"

namespace quantbench::quantize {

Ranges adjusted_ranges(const Ranges& ranges, const onnx::GraphProto& graph,
                       const graph::Wiring& wiring,
                       const std::function<bool(const onnx::NodeProto&)>& selected) {
  Ranges adjusted = ranges;
  for (const onnx::NodeProto& node : graph.node()) {
    if (node.input_size() == 0 || node.output_size() == 0) continue;
    const bool cuts = node.op_type() == "Clip" || node.op_type() == "Relu";
    if ((!cuts && node.op_type() != "Softmax") || !selected(node)) continue;
    if (!cuts) {
      adjusted[node.output(0)] = {0, 1};
      continue;
    }
    const auto input = adjusted.find(node.input(0));
    const auto output = adjusted.find(node.output(0));
    if (input != adjusted.end() && output != adjusted.end() &&
        wiring.readers(node.input(0)).size() == 1 && !wiring.is_graph_output(node.input(0))) {
      input->second = output->second;
    }
  }
  return adjusted;
}

ActivationScheme activation_scheme(const std::string& tensor, const StaticOptions& options,
                                   const std::set<std::string>& products) {
  const ActivationScheme usual{options.activation_type, options.activation_symmetric};
  if (products.count(tensor) == 0) return usual;
  return {options.product_activation_type.value_or(usual.type),
          options.product_activation_symmetric.value_or(usual.symmetric)};
}

std::map<std::string, Affine> activation_maps(const Ranges& ranges, const StaticOptions& options,
                                              const std::set<std::string>& products) {
  std::map<std::string, Affine> maps;
  for (const auto& [tensor, range] : ranges) {
    if (!std::isfinite(range.low) || !std::isfinite(range.high)) {
      throw Error(
          fmt::format("the calibrated range [{}, {}] must be finite", range.low, range.high),
          "tensor '" + tensor + "'");
    }
    const auto [type, symmetric] = activation_scheme(tensor, options, products);
    maps.emplace(tensor, affine_of_range(range.low, range.high, limits_of(type, symmetric, false),
                                         symmetric));
  }
  return maps;
}

}  // namespace quantbench::quantize
