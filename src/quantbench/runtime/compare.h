#pragma once

#include <map>
#include <string>
#include <vector>

#include "quantbench/graph/model.h"
#include "quantbench/runtime/session.h"

namespace quantbench::runtime {

/// How two forms of a model agree, run by ONNX Runtime with all its optimizations.
struct Comparison {
  /// Why the model could not be loaded or run: the runtime's words, or "crashed (Segmentation
  /// fault)". Empty: it ran. `after` is not tried with inputs that `before` does not run with.
  std::string before_failed;
  std::string after_failed;
  /// Whether they were loaded, also where they did not run.
  bool before_loaded = false;
  bool after_loaded = false;
  std::size_t forwards = 0;
  /// Float output -> signal to noise, 10 log10(sum before^2 / sum (before - after)^2) in dB over
  /// all forwards; infinite if they are equal. An output of another shape, or with values that are
  /// not finite where `before` has finite ones, counts as -300 dB. Empty for models that draw
  /// random numbers.
  std::map<std::string, double> output_sqnr_db;
};

/// Runs both on the same inputs in a process of its own, since the runtime crashes on some models.
/// Inputs that a model does not have are left out.
Comparison compare(const graph::Model& before, const graph::Model& after,
                   const std::vector<std::vector<NamedTensor>>& inputs);

}  // namespace quantbench::runtime
