#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "quantbench/base/json.h"
#include "quantbench/calibrate/batches.h"
#include "quantbench/graph/model.h"
#include "quantbench/quantize/approach.h"
#include "quantbench/quantize/ranges.h"

namespace quantbench::calibrate {

/// Effect of quantizing one operator alone. Signal-to-quantization-noise ratios in dB, 10 log10(sum
/// y^2 / sum (y - quantized y)^2); infinite without error.
struct Sensitivity {
  std::string node;
  std::string op_type;
  /// At the operator's own output, with the float model's inputs: the mean over the tokens (the
  /// vectors along the last axis) of each token's ratio. A ratio over all values would hide the
  /// errors of most tokens behind a few outlier tokens.
  double local_sqnr_db = 0;
  /// At the model's outputs, over all samples; only if measured.
  std::optional<double> output_sqnr_db;
};

struct SensitivityOptions {
  /// The approach that quantizes each operator, one that calibrates. nullptr: the first of them.
  const quantize::Approach* approach = nullptr;
  /// Values of its parameters. node_exclusion removes nodes from the ranking.
  Json quantization = Json::object();
  /// Number of the worst operators (by their own outputs) that are then quantized one by one in the
  /// whole model to compare the model's outputs. 0: none.
  std::size_t verify = 16;
  /// Number of these models in memory at a time; if more than one, each with one thread. The
  /// batches are then read by several threads.
  std::size_t models_at_a_time = 1;
  std::optional<int> threads = std::nullopt;
  /// Finished fraction, 0 to 1.
  std::function<void(double share)> progress = {};
};

struct SensitivityResult {
  /// Most damaging first: verified operators by output_sqnr_db, then the others by local_sqnr_db.
  std::vector<Sensitivity> operators;
  std::size_t samples = 0;

  Json to_json() const;
};

/// Ranks the operators that the approach would quantize, by the damage of quantizing each alone.
///
/// One pass over the samples gives the local ratios of all operators: the graph gets a quantized
/// twin of each operator that reads the same float activations, so every forward serves every
/// operator. This figure does not include the effect on the rest of the network. `verify` measures
/// that end to end, with one model per operator.
///
/// `ranges`: of quantize::tensors_to_calibrate_each. Give batches without padding. Throws Error:
/// nothing to quantize, or errors of quantizer and runtime.
SensitivityResult rank_operators(const graph::Model& model, const quantize::Ranges& ranges,
                                 const Batches& batches, const SensitivityOptions& options);

/// The operators of a model that lose most when quantized.
struct WorstOperators {
  std::vector<std::string> names;  ///< worst first
  /// The graph pass that gives such names to nodes without one; empty if every node has a name.
  std::string naming_pass = {};
};

/// By the one pass of `rank_operators` over the samples. Operators without a range in `ranges`
/// count for nothing. No names if it cannot be told.
WorstOperators worst_operators(const graph::Model& model, const quantize::Ranges& ranges,
                               const Batches& batches, const quantize::Approach& approach,
                               const Json& quantization);

}  // namespace quantbench::calibrate
