// Quantizes statically for the oracles: one JSON object a line on standard input,
//   {"model": FILE, "output": FILE, "ranges": {tensor: [low, high]}, "options": {...}},
// one line out for each: the report, or {"error": TEXT}. "plan": true instead of an output gives
// {"tensors": [...]}, what has to be calibrated. Options may be {"preset": NAME}.
#include <iostream>
#include <string>

#include "quantbench/base/error.h"
#include "quantbench/base/json.h"
#include "quantbench/quantize/preset.h"
#include "quantbench/quantize/static.h"

namespace {

using quantbench::Json;
using quantbench::quantize::QuantFormat;
using quantbench::quantize::QuantType;

QuantType type_of(const Json& options, const char* key) {
  return options.value(key, "s8") == "u8" ? QuantType::kUInt8 : QuantType::kInt8;
}

quantbench::quantize::StaticOptions options_of(const Json& json) {
  if (json.contains("preset")) {
    const auto& preset = quantbench::quantize::presets().get(json["preset"].get<std::string>());
    return quantbench::quantize::static_options(
        preset.options(quantbench::quantize::ActivationRanges::kFromSamples).value());
  }
  quantbench::quantize::StaticOptions options;
  options.format =
      json.value("format", "QDQ") == "QDQ" ? QuantFormat::kQdq : QuantFormat::kQOperator;
  options.activation_type = type_of(json, "activation_type");
  options.weight_type = type_of(json, "weight_type");
  options.activation_symmetric = json.value("activation_symmetric", false);
  if (json.contains("weight_symmetric")) options.weight_symmetric = json["weight_symmetric"];
  options.per_channel = json.value("per_channel", false);
  options.reduce_range = json.value("reduce_range", false);
  json.value("operators_to_quantize", Json::array()).get_to(options.operators_to_quantize);
  json.value("node_exclusion", Json::array()).get_to(options.node_exclusion);
  options.quantize_bias = json.value("quantize_bias", true);
  options.dedicated_qdq_pair = json.value("dedicated_qdq_pair", false);
  options.add_qdq_pair_to_weight = json.value("add_qdq_pair_to_weight", false);
  options.force_quantize_no_input_check = json.value("force_quantize_no_input_check", false);
  options.keep_removable_activations = json.value("keep_removable_activations", false);
  if (json.contains("product_activation_type")) {
    options.product_activation_type = type_of(json, "product_activation_type");
  }
  if (json.contains("product_activation_symmetric")) {
    options.product_activation_symmetric = json["product_activation_symmetric"];
  }
  options.quantize_outputs = json.value("quantize_outputs", true);
  options.matmul_const_b_only = json.value("matmul_const_b_only", false);
  json.value("operators_with_float_output", Json::array())
      .get_to(options.operators_with_float_output);
  return options;
}

Json answer(const Json& request) {
  auto model = quantbench::graph::Model::load(request.at("model").get<std::string>());
  const auto options = options_of(request.value("options", Json::object()));
  if (request.value("plan", false)) {
    return {{"tensors", quantbench::quantize::tensors_to_calibrate(model, options)}};
  }
  quantbench::quantize::Ranges ranges;
  for (const auto& [tensor, range] : request.at("ranges").items()) {
    ranges[tensor] = {range.at(0), range.at(1)};
  }
  const auto report = quantbench::quantize::quantize_static(model, ranges, options);
  model.save(request.at("output").get<std::string>());
  return report.to_json();
}

}  // namespace

int main() {
  std::string line;
  while (std::getline(std::cin, line)) {
    try {
      std::cout << answer(quantbench::parse_json(line, "standard input")).dump() << std::endl;
    } catch (const quantbench::Error& error) {
      std::cout << Json{{"error", error.what()}}.dump() << std::endl;
    }
  }
  return 0;
}
