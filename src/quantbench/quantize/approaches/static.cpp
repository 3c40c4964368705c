#include "quantbench/quantize/static.h"

#include <algorithm>
#include <memory>
#include <set>

#include "quantbench/base/fields.h"
#include "quantbench/quantize/activation_maps.h"
#include "quantbench/quantize/approach.h"
#include "quantbench/quantize/common_parameters.h"
#include "quantbench/quantize/operator_kinds.h"
#include "quantbench/quantize/preparation.h"
#include "quantbench/quantize/preset.h"

namespace quantbench::quantize {

namespace {

Parameter weight_symmetric_parameter() {
  return quantizer_option({.name = "weight_symmetric",
                           .help = "Quantize weights symmetrically: zero point in the middle",
                           .fallback_help = "true for int8, false for uint8",
                           .opposite = "weight_asymmetric"});
}

Fields<StaticOptions> static_fields() {
  using enum QuantFormat;
  using enum QuantType;
  const std::vector<std::pair<std::string, QuantType>> types = {{"int8", kInt8}, {"uint8", kUInt8}};
  // Of signed activations ONNX Runtime computes many products in float on x86-64; it has kernels
  // for unsigned ones, which lose no more (docs/quantization.md).
  return Fields<StaticOptions>({.activation_type = kUInt8})
      .add(&StaticOptions::operators_to_quantize, operators_to_quantize_parameter())
      .add(&StaticOptions::node_exclusion, node_exclusion_parameter())
      .add(&StaticOptions::per_channel, per_channel_parameter())
      .add(&StaticOptions::reduce_range, reduce_range_parameter())
      .choice(&StaticOptions::weight_type, types, weights_dtype_parameter())
      .add(&StaticOptions::matmul_const_b_only, matmul_const_b_only_parameter())
      .choice(&StaticOptions::format, {{"QDQ", kQdq}, {"QOperator", kQOperator}},
              quantizer_option({.name = "format",
                                .spellings = {{"qdq", "QDQ"}, {"qoperator", "QOperator"}},
                                .help = "QDQ: Q/DQ pairs around float operators; QOperator: "
                                        "operators on integers",
                                .aliases = {"quant_format"},
                                .shorthands = {{"qoperator", "QOperator"}}}))
      .choice(&StaticOptions::activation_type, types,
              quantizer_option({.name = "activation_type",
                                .reference_fallback = "int8",
                                .spellings = spellings_of_types(),
                                .help = "Type of activations"}))
      .add(&StaticOptions::activation_symmetric,
           quantizer_option(
               {.name = "activation_symmetric",
                .help = "Quantize activations symmetrically: zero point in the middle"}))
      .choice(&StaticOptions::product_activation_type, {{"int8", kInt8}, {"uint8", kUInt8}},
              quantizer_option({.name = "product_activation_type",
                                .spellings = spellings_of_types(),
                                .help = "Type of the inputs of a MatMul of two activations, which "
                                        "is what attention has",
                                .fallback_help = "activation_type",
                                .when = {{"format", {"QDQ"}}}}))
      .add(&StaticOptions::product_activation_symmetric,
           quantizer_option({.name = "product_activation_symmetric",
                             .help = "Quantize the inputs of a MatMul of two activations "
                                     "symmetrically",
                             .fallback_help = "activation_symmetric",
                             .when = {{"format", {"QDQ"}}}}))
      .add(&StaticOptions::weight_symmetric, weight_symmetric_parameter())
      .add(&StaticOptions::per_channel_axis,
           quantizer_option({.name = "per_channel_axis",
                             .minimum = -64,
                             .maximum = 64,
                             .known = operator_kinds(),
                             .help = "Axis of the channels by operator kind",
                             .when = {{"per_channel", {true}}}}))
      .add(&StaticOptions::quantize_outputs,
           quantizer_option({.name = "quantize_outputs",
                             .help = "Quantize the outputs of operators too, not only their inputs",
                             .when = {{"format", {"QDQ"}}}}))
      .add(&StaticOptions::quantize_bias,
           quantizer_option({.name = "quantize_bias", .help = "Quantize biases to int32"}))
      .add(&StaticOptions::dedicated_qdq_pair,
           quantizer_option({.name = "dedicated_qdq_pair",
                             .help = "Give each reader of a tensor a Q/DQ pair of its own"}))
      .add(&StaticOptions::add_qdq_pair_to_weight,
           quantizer_option({.name = "add_qdq_pair_to_weight",
                             .help = "Keep weights in float, behind a Q/DQ pair"}))
      .add(&StaticOptions::force_quantize_no_input_check,
           quantizer_option({.name = "force_quantize_no_input_check",
                             .help = "Quantize operators that move values (Reshape, MaxPool, ...) "
                                     "even if their input is not quantized"}))
      .add(&StaticOptions::keep_removable_activations,
           quantizer_option({.name = "keep_removable_activations",
                             .help = "Keep Relu and Clip even if the quantization of their output "
                                     "has the same effect"}))
      .add(&StaticOptions::operators_with_float_output,
           quantizer_option({.name = "operators_with_float_output",
                             .known = operator_kinds(),
                             .help = "Operator kinds whose outputs stay in float"}));
}

/// Weights and activations int8 with scales from samples.
class StaticApproach final : public Approach {
 public:
  std::string summary() const override {
    return "weights and activations quantized beforehand, with ranges from samples";
  }

  Parameters parameters() const override {
    Parameters all = {preset_parameter(ActivationRanges::kFromSamples)};
    const Parameters own = static_fields().parameters();
    all.insert(all.end(), own.begin(), own.end());
    const Parameters before = preparation_parameters();
    all.insert(all.end(), before.begin(), before.end());
    all.push_back(verification_parameter());
    return all;
  }

  bool calibrates() const override { return true; }

  std::vector<Json> candidates() const override {
    // For networks of convolutions: their inputs and outputs, in the types that integer
    // instructions take.
    return {{{"operators_to_quantize",
              {"Conv", "MatMul", "Gemm", "Add", "Relu", "MaxPool", "GlobalAveragePool", "Concat"}},
             {"per_channel", true},
             {"activation_type", "uint8"}}};
  }

  int fused_from_level(const Json& options) const override {
    constexpr int kExtended = 2;  // ONNX Runtime's level "extended"
    return static_options(options).format == QuantFormat::kQdq ? kExtended : 0;
  }

  std::vector<std::string> tensors_to_calibrate(const graph::Model& model,
                                                const Json& options) const override {
    return quantize::tensors_to_calibrate(model, static_options(options));
  }

  std::vector<std::string> tensors_to_calibrate_each(const graph::Model& model,
                                                     const Json& options) const override {
    return quantize::tensors_to_calibrate_each(model, static_options(options));
  }

  std::map<std::string, Affine> activation_maps(const graph::Model& model, const Ranges& ranges,
                                                const Json& options) const override {
    const StaticOptions typed = static_options(options);
    return quantize::activation_maps(ranges, typed, product_activations(model, typed));
  }

  std::vector<PresetAdvice> advice(const graph::Model& model, const Json& options) const override {
    std::vector<PresetAdvice> all;
    for (const std::string& name : presets().names()) {
      const Preset& preset = presets().get(name);
      const auto of_preset = preset.options(ActivationRanges::kFromSamples);
      if (!preset.is_advised() || !of_preset) continue;
      Json other = options;
      other.update(*of_preset);
      const StaticOptions with_preset = static_options(other);
      // What it knows better are transformers.
      if (product_activations(model, with_preset).empty()) continue;
      const auto mine = quantize::tensors_to_calibrate(model, static_options(options));
      const auto theirs = quantize::tensors_to_calibrate(model, with_preset);
      const std::set<std::string> kept(theirs.begin(), theirs.end());
      const auto in_float = std::ranges::count_if(
          mine, [&](const std::string& tensor) { return kept.count(tensor) == 0; });
      if (in_float == 0) continue;
      all.push_back({name, static_cast<int>(mine.size()), static_cast<int>(in_float)});
    }
    return all;
  }

  std::vector<Remedy> remedies() const override {
    constexpr std::size_t kWorst = 10;
    std::vector<Remedy> all = remedies_of_weights();
    Remedy& worst = all.emplace_back();
    worst.against = "these operators lose most of the signal in eight bits";
    worst.place = kPlaceOfWorstOperators;
    worst.worst_operators = kWorst;
    return all;
  }

  Report quantize(graph::Model& model, const Json& options, const Ranges& ranges) const override {
    return quantize_static(model, ranges, static_options(options));
  }
};

}  // namespace

StaticOptions static_options(const Json& options) { return static_fields().read(options); }

Json to_json(const StaticOptions& options) { return static_fields().write(options); }

void register_static(ApproachRegistry& registry) {
  registry.add("static", std::make_unique<StaticApproach>());
}

}  // namespace quantbench::quantize
