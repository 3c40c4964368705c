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
#include "quantbench/quantize/ranges.h"
#include "quantbench/quantize/report.h"
#include "quantbench/quantize/static.h"

namespace quantbench::calibrate {

/// A calibration method by its name in the registry, with its options.
struct Method {
  std::string name = "minmax";
  MethodOptions options = {};
};

struct Options {
  /// All of them come out of one pass (two with Collection::kAllAtOnce and a histogram).
  std::vector<Method> methods = {{}};
  Collection collection = Collection::kEachBatch;
  /// Leave the positions out of the statistics whose attention_mask is 0. Tensors made from the
  /// mask alone keep theirs, so that what masks keeps masking.
  bool skip_padding = false;
  /// Graph optimizations of the runtime; operators whose tensors are observed are not fused away.
  int optimization_level = 0;
  /// nullopt: every core.
  std::optional<int> threads = std::nullopt;
  /// Batches done so far, passes counted apart.
  std::function<void(std::size_t batches)> progress = {};
};

/// What one method made of the statistics.
struct MethodResult {
  std::string method;
  quantize::Ranges ranges;
  /// Share of each tensor's values that lies outside its range, where it can be told.
  std::map<std::string, double> clipped;
};

struct Result {
  std::vector<MethodResult> methods;  ///< in the order of Options::methods
  std::size_t samples = 0;            ///< that counted
  std::size_t batches = 0;
  /// Positions of padding were left out of the statistics.
  bool padding_skipped = false;
  std::vector<std::string> warnings;

  Json to_json() const;
  /// Throws Error naming the key that is missing or of the wrong type.
  static Result from_json(const Json& json, const std::string& where);
};

/// Runs the samples through the model and gathers the statistics of `tensors` while it runs: the
/// activations are read where the runtime computes them and are not kept, so that memory depends
/// neither on the number of samples nor on that of the tensors (but for their accumulators). Inputs
/// a batch has and the model has not are left out.
///
/// Tensors that are not float32, or have no finite value, get no range and a warning. Throws Error:
/// no samples, unknown method or option out of range, a tensor that is not there, what the runtime
/// throws.
Result run(const graph::Model& model, std::span<const std::string> tensors, const Batches& batches,
           const Options& options);

/// quantize::quantize_static with the ranges of one of the result's methods (by index). Its report
/// also says how calibration went: method, samples that counted, clipped fractions, warnings.
quantize::Report quantize_static(graph::Model& model, const Result& calibration, std::size_t method,
                                 const quantize::StaticOptions& options);

}  // namespace quantbench::calibrate
