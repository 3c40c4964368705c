#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "quantbench/base/json.h"
#include "quantbench/calibrate/batches.h"
#include "quantbench/calibrate/calibrator.h"
#include "quantbench/graph/model.h"
#include "quantbench/quantize/approach.h"
#include "quantbench/quantize/ranges.h"
#include "quantbench/quantize/report.h"

namespace quantbench::calibrate {

/// The lowest signal-to-noise ratio of a typical token, in dB, with which a tensor may go to eight
/// bits.
constexpr double kLeastTokenSqnr = 20;

/// A calibration method by its name in the registry, with its options.
struct Method {
  std::string name = calibrators().default_name();
  MethodOptions options = {};
};

struct Options {
  /// All of them come out of one pass (two with Collection::kAllAtOnce and a histogram).
  std::vector<Method> methods = {{}};
  Collection collection = Collection::kEachBatch;
  /// Leaves positions with attention_mask 0 out of the statistics. Tensors made from the mask alone
  /// keep all positions, so that they still mask. Also gathers the levels of tokens.
  bool skip_padding = false;
  /// Graph optimizations of the runtime; operators whose tensors are observed are not fused away.
  int optimization_level = 0;
  /// nullopt: every core.
  std::optional<int> threads = std::nullopt;
  /// Expected number of samples, 0 if unknown. With enough samples, several forwards run at once if
  /// the methods allow it (streams.h). Has no influence on the result.
  std::size_t samples = 0;
  /// Gets the number of batches given to the runtime so far; a second pass counts them again.
  std::function<void(std::size_t batches)> progress = {};
};

/// The ranges of one method.
struct MethodResult {
  std::string method;
  quantize::Ranges ranges;
  /// Share of each tensor's values outside its range, for tensors with a histogram.
  std::map<std::string, double> clipped;
};

struct Result {
  std::vector<MethodResult> methods;  ///< in the order of Options::methods
  std::size_t samples = 0;            ///< that counted
  std::size_t batches = 0;
  /// Positions of padding were left out of the statistics.
  bool padding_skipped = false;
  /// With skip_padding, tensor -> level of a typical token: mean over the tokens of 10 log10 of a
  /// token's mean square.
  std::map<std::string, double> token_level_db = {};
  /// With skip_padding: sums of real values and the attention mask. Their range comes from the real
  /// values and would clip the mask.
  std::vector<std::string> mask_carriers = {};
  std::vector<std::string> warnings;

  Json to_json() const;
  /// Throws Error naming the key that is missing or of the wrong type.
  static Result from_json(const Json& json, const std::string& where);
};

/// Runs the samples through the model and collects the statistics of `tensors` during each forward.
/// Activations are read in place and not kept, so memory does not grow with the number of samples;
/// each tensor needs only its accumulators. Tensors that are views of each other are read once.
/// Inputs of a batch that the model does not have are ignored.
///
/// Tensors that are not float32, are empty in every sample, or have infinite or NaN values, get no
/// range, the latter two with a warning: they stay in float. Throws Error: no samples, unknown
/// method or option out of range, a missing tensor, errors of the runtime.
Result run(const graph::Model& model, std::span<const std::string> tensors, const Batches& batches,
           const Options& options);

/// Tensors that must stay in float, with the reason. Needs a calibration without padding; otherwise
/// empty. Two kinds:
///   - sums of real values and the attention mask
///   - tensors whose typical token keeps less than `least_sqnr_db` in eight bits. The ratio of a
///     typical token is the mean over the tokens, in dB, of a token's energy to the noise of
///     rounding (a twelfth of a step squared).
///
/// A ratio over all values would hide the damage. In BERT's residual stream a few loud tokens have
/// nearly all of the energy (Bondarenko et al. 2021, "Understanding and Overcoming the Challenges
/// of Efficient Transformer Quantization"). The step that they need is larger than the other
/// tokens, and a layer normalization then amplifies the error.
std::map<std::string, std::string> spoiled_tensors(
    const Result& calibration, const std::map<std::string, quantize::Affine>& activation_maps,
    double least_sqnr_db);

/// Quantizes with an approach and the values of its parameters. An empty list of operators
/// quantizes nothing. With a calibration it uses the ranges of one method (by index). Nodes that
/// read or write one of the `spoiled_tensors` then stay in float, with the reason. The report
/// describes the calibration: method, number of samples, clipped fractions, signal-to-noise ratio
/// of each activation, warnings. Throws Error as Approach::quantize does.
quantize::Report quantize_model(graph::Model& model, const quantize::Approach& approach,
                                const Json& options, const Result* calibration = nullptr,
                                std::size_t method = 0, double least_sqnr_db = kLeastTokenSqnr);

}  // namespace quantbench::calibrate
