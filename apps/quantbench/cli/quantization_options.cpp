#include "cli/quantization_options.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/base/text.h"
#include "quantbench/graph/pass.h"
#include "quantbench/quantize/operator_kinds.h"
#include "quantbench/runtime/fuse.h"

namespace quantbench::cli {

CLI::Option* add_tristate(CLI::App& command, const std::string& names, std::optional<bool>& value,
                          const std::string& help) {
  return command.add_flag_function(
      names, [&value](std::int64_t count) { value = count > 0; }, help);
}

namespace {

[[noreturn]] void refuse_pair(const std::string& text, const char* shape, const char* option,
                              const char* example) {
  throw Error("'" + text + "' is not " + shape, option, example);
}

/// Reads one of the spellings of a choice: of ONNX Runtime, of the spec, or the usual one.
template <typename Choice>
Choice chosen(const std::string& text, const char* option,
              const std::vector<std::pair<std::string, Choice>>& choices) {
  std::vector<std::string> known;
  for (const auto& [name, choice] : choices) {
    if (name == text) return choice;
    known.push_back(name);
  }
  throw Error("unknown value '" + text + "'", option, suggest(text, known));
}

quantize::QuantType type_of(const std::string& text, const char* option) {
  using enum quantize::QuantType;
  return chosen<quantize::QuantType>(text, option,
                                     {{"int8", kInt8},
                                      {"uint8", kUInt8},
                                      {"s8", kInt8},
                                      {"u8", kUInt8},
                                      {"QInt8", kInt8},
                                      {"QUInt8", kUInt8}});
}

/// {"MatMul": 1} from ["MatMul=1"].
std::map<std::string, std::int64_t> axes_of(const std::vector<std::string>& pairs) {
  constexpr const char* kShape = "KIND=AXIS";
  constexpr const char* kOption = "--per-channel-axis";
  constexpr const char* kExample = "MatMul=1, say";
  std::map<std::string, std::int64_t> axes;
  for (const std::string& pair : pairs) {
    const auto [kind, text] = split_pair(pair, kShape, kOption, kExample);
    const char* end = text.data() + text.size();
    const auto [rest, fault] = std::from_chars(text.data(), end, axes[kind]);
    if (fault != std::errc() || rest != end) refuse_pair(pair, kShape, kOption, kExample);
  }
  std::vector<std::string> kinds;
  for (const auto& [kind, axis] : axes) kinds.push_back(kind);
  with_context("--per-channel-axis", [&] { quantize::require_operator_kinds(kinds); });
  return axes;
}

}  // namespace

std::pair<std::string, std::string> split_pair(const std::string& text, const char* shape,
                                               const char* option, const char* example) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
    refuse_pair(text, shape, option, example);
  }
  return {text.substr(0, equals), text.substr(equals + 1)};
}

void QuantizationOptions::add_to(CLI::App& command) {
  command
      .add_option("--operators-to-quantize", operators_,
                  "Operator kinds, comma separated (default: every kind that is quantized by "
                  "default)")
      ->delimiter(',');
  command
      .add_option("--node-exclusion", node_exclusion_,
                  "What to leave in float, comma separated: patterns (layernorm, gelu, residual, "
                  "gather, softmax, ...), layer:N, node names, globs")
      ->delimiter(',');
  command.add_flag("--per-channel", per_channel_, "One scale a channel of each weight");
  command.add_flag("--reduce-range", reduce_range_, "7-bit weights, for CPUs without VNNI");
  command
      .add_option("--weight-type,--weights-dtype", weight_type_,
                  "Of weights: int8, or (static) uint8")
      ->capture_default_str();
  add_tristate(command, "--matmul-const-b-only,!--no-matmul-const-b-only", matmul_const_b_only_,
               "MatMul only with a constant B (default: dynamic yes, static no)");
  command.add_flag("--fuse-first", fuse_first_,
                   "Quantize what ONNX Runtime's own fusions (extended level) make of the model");
  command
      .add_option("--prepare", passes_,
                  "Rewrites before quantization, comma separated: all, or of " +
                      join(graph::preparation_passes(), ", ") + " (default: none)")
      ->delimiter(',');
  add_static_to(command);
}

void QuantizationOptions::add_static_to(CLI::App& command) {
  const auto option = [&](const char* names, auto& value, const char* help) {
    return command.add_option(names, value, help)->group(kStaticGroup);
  };
  const auto flag = [&](const char* names, auto& value, const char* help) {
    command.add_flag(names, value, help)->group(kStaticGroup);
  };
  option("--format,--quant-format", format_,
         "QDQ: Q/DQ pairs around float operators; QOperator: operators on integers")
      ->capture_default_str();
  flag("--qoperator", qoperator_, "The same as --format QOperator");
  option("--activation-type", activation_type_, "Of activations: int8 or uint8")
      ->capture_default_str();
  flag("--activation-symmetric", activation_symmetric_, "Zero point of activations in the middle");
  add_tristate(command, "--weight-symmetric,!--weight-asymmetric", weight_symmetric_,
               "Zero point of weights in the middle, or not (default: symmetric when int8)")
      ->group(kStaticGroup);
  option("--per-channel-axis", axes_,
         "Axis of the channels by operator kind, comma separated (default: MatMul=1)")
      ->delimiter(',');
  flag("--quantize-bias,!--no-quantize-bias", quantize_bias_,
       "Biases to int32 (default), or left in float");
  flag("--dedicated-qdq-pair", dedicated_qdq_pair_, "A Q/DQ pair for each reader of a tensor");
  flag("--add-qdq-pair-to-weight", add_qdq_pair_to_weight_,
       "Weights stay in float behind a Q/DQ pair");
  flag("--force-quantize-no-input-check", force_quantize_no_input_check_,
       "Quantize what moves values (Reshape, MaxPool ...) although its input is not");
  flag("--keep-removable-activations", keep_removable_activations_,
       "Keep Relu and Clip that the quantization of their output makes superfluous");
  option("--operators-with-float-output", float_output_,
         "Operator kinds whose outputs stay in float, comma separated")
      ->delimiter(',');
}

graph::Model QuantizationOptions::prepare(graph::Model model) const {
  if (fuse_first_)
    model = with_context("--fuse-first", [&] { return runtime::fuse_operators(model); });
  const bool all = std::find(passes_.begin(), passes_.end(), "all") != passes_.end();
  with_context("--prepare",
               [&] { graph::apply_passes(model, all ? graph::preparation_passes() : passes_); });
  return model;
}

quantize::StaticOptions QuantizationOptions::static_options() const {
  using enum quantize::QuantFormat;
  quantize::StaticOptions options;
  options.format = chosen<quantize::QuantFormat>(
      format_, "--format",
      {{"QDQ", kQdq}, {"QOperator", kQOperator}, {"qdq", kQdq}, {"qoperator", kQOperator}});
  if (qoperator_) options.format = kQOperator;
  options.activation_type = type_of(activation_type_, "--activation-type");
  options.weight_type = type_of(weight_type_, "--weight-type");
  options.activation_symmetric = activation_symmetric_;
  options.weight_symmetric = weight_symmetric_;
  options.per_channel = per_channel_;
  for (const auto& [kind, axis] : axes_of(axes_)) options.per_channel_axis[kind] = axis;
  if (!axes_.empty() && !per_channel_) {
    throw Error("--per-channel-axis applies only with --per-channel");
  }
  options.reduce_range = reduce_range_;
  options.operators_to_quantize = operators_;
  options.node_exclusion = node_exclusion_;
  options.quantize_bias = quantize_bias_;
  options.dedicated_qdq_pair = dedicated_qdq_pair_;
  options.add_qdq_pair_to_weight = add_qdq_pair_to_weight_;
  options.force_quantize_no_input_check = force_quantize_no_input_check_;
  options.keep_removable_activations = keep_removable_activations_;
  options.matmul_const_b_only = matmul_const_b_only_.value_or(false);
  options.operators_with_float_output = float_output_;
  with_context("--operators-with-float-output",
               [&] { quantize::require_operator_kinds(float_output_); });
  return options;
}

quantize::DynamicOptions QuantizationOptions::dynamic_options() const {
  if (type_of(weight_type_, "--weight-type") != quantize::QuantType::kInt8) {
    throw Error("dynamic quantization has int8 weights only", "--weight-type",
                "int8, or --approach static");
  }
  quantize::DynamicOptions options;
  options.operators_to_quantize = operators_;
  options.per_channel = per_channel_;
  options.reduce_range = reduce_range_;
  options.matmul_const_b_only = matmul_const_b_only_.value_or(true);
  return options;
}

void refuse_static_options(const CLI::App& command, const std::vector<std::string>& groups) {
  for (const CLI::Option* option : command.get_options()) {
    const bool listed =
        std::find(groups.begin(), groups.end(), option->get_group()) != groups.end();
    if (listed && option->count() > 0) {
      throw Error(option->get_name() + " applies to static quantization only", {},
                  "--approach static");
    }
  }
}

}  // namespace quantbench::cli
