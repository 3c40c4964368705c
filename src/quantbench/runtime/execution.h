#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "quantbench/base/record.h"
#include "quantbench/graph/arithmetic.h"
#include "quantbench/graph/contents.h"
#include "quantbench/runtime/session.h"

namespace quantbench::runtime {

/// The operators that a runtime executes for a model, after its own optimizations.
struct Execution {
  /// In the runtime's own terms; a runtime that does not know a weight leaves `weight` empty.
  std::vector<graph::NodeArithmetic> operators;
  /// Element type -> constants that it computes with. Empty: the runtime does not tell.
  std::map<std::string, graph::TensorSizes> constants = {};

  static constexpr auto fields() {
    return std::tuple(field("operators", &Execution::operators),
                      field("constants", &Execution::constants));
  }
};

/// Asks the runtime (Runtime::execution) in a process of its own, since it crashes on some models.
/// Throws Error: the runtime refuses the model ("cannot load the model: ..."), crashed, or does not
/// tell its precision.
Execution execution_of(const Runtime& runtime, const std::filesystem::path& model,
                       const SessionOptions& options);

/// What a reader should know of a model that stores its weights in a narrow type (8 bits or fewer,
/// or 16-bit floats) and is computed in a wider one, a sentence for each: "stores int8 and computes
/// in float32: all 38 operators with int8 weights (MatMul) run in float32, ...". `file` is the
/// arithmetic of the model as it is stored (graph::arithmetic_of).
///
/// Weights that the runtime has turned to float while loading are found by the number of narrow
/// elements that its products still read.
std::vector<std::string> precision_warnings(const std::vector<graph::NodeArithmetic>& file,
                                            const Execution& execution);

/// The same for a model that is about to be run. Costs little where the stored graph already tells:
/// without narrow weights, or where integer operators (MatMulInteger, QLinearConv) read them all.
/// Else the runtime opens the model once more. Empty if the runtime does not tell its precision, or
/// cannot open the model.
std::vector<std::string> precision_warnings(const Runtime& runtime,
                                            const std::filesystem::path& model,
                                            const SessionOptions& options);

}  // namespace quantbench::runtime
