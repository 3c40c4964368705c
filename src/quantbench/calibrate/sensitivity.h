#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "quantbench/base/json.h"
#include "quantbench/calibrate/batches.h"
#include "quantbench/graph/model.h"
#include "quantbench/quantize/ranges.h"
#include "quantbench/quantize/static.h"

namespace quantbench::calibrate {

/// What quantizing one operator alone does. Signal to quantization noise ratios in dB, 10
/// log10(sum y^2 / sum (y - quantized y)^2); infinite when nothing is lost.
struct Sensitivity {
  std::string node;
  std::string op_type;
  /// At the operator's own output, with the inputs of the float model: mean over the tokens (the
  /// vectors along the last axis) of each one's ratio, since a ratio over all values would hide
  /// behind a few loud tokens what the others lose.
  double local_sqnr_db = 0;
  /// At the model's outputs over all samples; only where it was measured.
  std::optional<double> output_sqnr_db;
};

struct SensitivityOptions {
  /// Each operator is quantized in `format`, alone and end to end. node_exclusion leaves nodes out
  /// of the ranking.
  quantize::StaticOptions quantization = {};
  /// So many of the operators that lose most at their own output are then quantized one by one in
  /// the whole model, and the model's outputs compared. 0: none.
  std::size_t verify = 16;
  std::optional<int> threads = std::nullopt;
  /// Share done, 0 to 1.
  std::function<void(double share)> progress = {};
};

struct SensitivityResult {
  /// Most damaging first: verified ones by output_sqnr_db, then the others by local_sqnr_db.
  std::vector<Sensitivity> operators;
  std::size_t samples = 0;

  Json to_json() const;
};

/// Ranks the operators that quantize_static would quantize by the damage of quantizing each alone.
///
/// One pass over the samples gives the local ratios of all of them: the graph gets, beside each
/// operator, a quantized twin that reads the same float activations, so that every forward serves
/// every operator. What the rest of the network makes of an operator's error is not in that figure;
/// `verify` measures it end to end, one model an operator.
///
/// Give batches without padding. Throws Error: a tensor without a range, nothing to quantize, what
/// quantizer and runtime throw.
SensitivityResult rank_operators(const graph::Model& model, const quantize::Ranges& ranges,
                                 const Batches& batches, const SensitivityOptions& options);

}  // namespace quantbench::calibrate
