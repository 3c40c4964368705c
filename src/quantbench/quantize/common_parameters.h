#pragma once

#include <map>
#include <string>
#include <vector>

#include "quantbench/base/json.h"
#include "quantbench/base/parameter.h"
#include "quantbench/quantize/remedy.h"

namespace quantbench::quantize {

/// Declarations that several approaches share, under the names of the cards.
Parameter operators_to_quantize_parameter();
Parameter node_exclusion_parameter();
Parameter per_channel_parameter();
Parameter reduce_range_parameter();
/// `weights_dtype` with the types that the caller allows, int8 by default; also called weight_type.
Parameter weights_dtype_parameter();
Parameter matmul_const_b_only_parameter();

/// Whether the quantized model is run after it was made (calibrate/verification.h); true unless the
/// options say otherwise.
Parameter verification_parameter();
bool wants_verification(const Json& options);

/// What several approaches have against a loss of accuracy: reduce_range, per_channel.
std::vector<Remedy> remedies_of_weights();

/// A parameter that only specs written for it have: left out of resolved specs unless given.
Parameter quantizer_option(Parameter declared);

/// Other spellings of int8 and uint8, as ONNX Runtime writes them.
std::map<std::string, std::string> spellings_of_types();

}  // namespace quantbench::quantize
