#pragma once

#include <functional>
#include <string>
#include <vector>

#include "quantbench/calibrate/batches.h"
#include "quantbench/calibrate/sensitivity.h"
#include "quantbench/graph/model.h"
#include "quantbench/quantize/report.h"

namespace quantbench::calibrate {

/// An output with less signal to quantization noise than this, in dB, is warned of.
constexpr double kLeastOutputSqnr = 10;

/// What `verify` runs the models with.
struct VerificationInputs {
  /// Samples; without any, inputs are made up (runtime::generate_inputs).
  Batches samples = {};
  /// The operators that cost the most when quantized; asked for if an output is bad.
  std::function<WorstOperators()> worst_operators = {};
  /// The remedies are keys of a spec, not options of `quantize`.
  bool in_spec = false;
  /// Whether a bad output, or a float model that does not run with these inputs, is a warning. Its
  /// figures are in the report in any case.
  bool warns = true;
};

/// Opens a quantized model in ONNX Runtime and runs it, in a process of its own, beside the float
/// model. Puts the signal to quantization noise at each output into `report.verification`, and a
/// warning for each output below kLeastOutputSqnr. Where the float model itself cannot be run, a
/// warning says so.
///
/// Throws Error if the quantized model cannot be loaded, or not be run although the float one can;
/// in the runtime's words, which name the node.
void verify(quantize::Report& report, const graph::Model& float_model,
            const graph::Model& quantized, const VerificationInputs& inputs = {});

}  // namespace quantbench::calibrate
