#include "quantbench/quantize/common_parameters.h"

#include "quantbench/base/text.h"
#include "quantbench/quantize/operator_kinds.h"
#include "quantbench/quantize/pattern.h"

namespace quantbench::quantize {

namespace {

/// An entry that node_exclusion takes for a node rather than for a misspelt pattern. Whether there
/// is such a node is known once the graph is there.
bool looks_like_a_node(const std::string& text) {
  return text.find_first_of("/._*?:") != std::string::npos ||
         nearest(text, patterns().names()).empty();
}

}  // namespace

Parameter operators_to_quantize_parameter() {
  return {.name = "operators_to_quantize",
          .use = Parameter::Use::kQuantization,
          .fallback = nullptr,
          .reference_fallback = {"Add", "MatMul"},
          .nullable = true,
          .null_unlisted = true,
          .known = operator_kinds(),
          .help =
              "Operator kinds to quantize. An empty list quantizes nothing, null every kind "
              "that is quantized by default",
          .fallback_help = "every default kind"};
}

Parameter node_exclusion_parameter() {
  return {.name = "node_exclusion",
          .use = Parameter::Use::kQuantization,
          .known = patterns().names(),
          .passes = looks_like_a_node,
          .help = "Nodes to leave in float: patterns (" + join(patterns().names(), ", ") +
                  "), layer:N, node names, globs"};
}

Parameter per_channel_parameter() {
  return {.name = "per_channel",
          .use = Parameter::Use::kQuantization,
          .help = "One scale for each channel of a weight"};
}

Parameter reduce_range_parameter() {
  return {.name = "reduce_range",
          .use = Parameter::Use::kQuantization,
          .help = "7-bit weights, against overflow on CPUs without VNNI"};
}

Parameter weights_dtype_parameter() {
  return {.name = "weights_dtype",
          .use = Parameter::Use::kQuantization,
          .fallback = "int8",
          .spellings = spellings_of_types(),
          .help = "Type of weights",
          .aliases = {"weight_type"},
          .flag = "weight_type"};
}

Parameter matmul_const_b_only_parameter() {
  return quantizer_option(
      {.name = "matmul_const_b_only",
       .help = "Quantize a MatMul only where its B is constant: attention scores stay in float"});
}

std::vector<Remedy> remedies_of_weights() {
  return {{.against = "products of eight bits saturate on this CPU, which has no VNNI",
           .options = {{"reduce_range", true}},
           .place = kPlaceOfSaturation,
           .for_saturating_products = true},
          {.against = "all channels of a weight share one scale",
           .options = {{"per_channel", true}},
           .place = kPlaceOfMore}};
}

Parameter verification_parameter() {
  return quantizer_option({.name = "verify_quantized",
                           .type = Parameter::Type::kBool,
                           .fallback = true,
                           .help =
                               "Load the quantized model in ONNX Runtime, run it and compare its "
                               "outputs with the outputs of the float model",
                           .opposite = "no_verify"});
}

bool wants_verification(const Json& options) { return options.value("verify_quantized", true); }

Parameter quantizer_option(Parameter declared) {
  declared.use = Parameter::Use::kQuantization;
  declared.quiet = true;
  return declared;
}

std::map<std::string, std::string> spellings_of_types() {
  return {{"s8", "int8"}, {"u8", "uint8"}, {"QInt8", "int8"}, {"QUInt8", "uint8"}};
}

}  // namespace quantbench::quantize
