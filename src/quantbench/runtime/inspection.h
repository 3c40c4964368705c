#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "quantbench/base/record.h"
#include "quantbench/graph/contents.h"
#include "quantbench/graph/model.h"
#include "quantbench/runtime/execution.h"
#include "quantbench/runtime/session.h"

namespace quantbench::runtime {

/// An ONNX model, and what a runtime makes of it.
struct Inspection {
  graph::Contents contents = {};
  /// nullopt: the runtime refuses the model, or crashed.
  std::optional<Execution> execution = {};
  /// Why there is no execution, in the runtime's words; else empty.
  std::string failure = {};
  std::vector<std::string> warnings = {};

  static constexpr auto fields() {
    return std::tuple(
        field("contents", &Inspection::contents), field("execution", &Inspection::execution),
        field("failure", &Inspection::failure), field("warnings", &Inspection::warnings));
  }
};

/// `file` is where `model` was loaded from, or saved to. Throws Error if the runtime does not tell
/// its precision.
Inspection inspect(const graph::Model& model, const std::filesystem::path& file,
                   const Runtime& runtime, const SessionOptions& options);

/// Operators that compute in one precision.
struct PrecisionGroup {
  std::string precision;
  std::int64_t operators = 0;
  std::int64_t products = 0;
  std::map<std::string, std::int64_t> kinds;  ///< operator -> number of them

  static constexpr auto fields() {
    return std::tuple(field("precision", &PrecisionGroup::precision),
                      field("operators", &PrecisionGroup::operators),
                      field("products", &PrecisionGroup::products),
                      field("kinds", &PrecisionGroup::kinds));
  }
};

/// Those with the most products first, then those with the most operators.
std::vector<PrecisionGroup> by_precision(const Execution& execution);

/// Something in which two models differ.
struct Difference {
  /// "file", "metadata", "input", "output", "constant", "operator", "executed operator".
  std::string what;
  std::string name;
  /// Empty: not there.
  std::string before;
  std::string after;

  static constexpr auto fields() {
    return std::tuple(field("what", &Difference::what), field("name", &Difference::name),
                      field("before", &Difference::before), field("after", &Difference::after));
  }
  bool operator==(const Difference&) const = default;
};

/// In what two models differ: versions and producer, metadata, inputs and outputs, initializers
/// (type, shape, or values), operators by number, and executed operators by precision and number.
/// Each list is in the order of names.
std::vector<Difference> differences(const graph::Model& before_model, const Inspection& before,
                                    const graph::Model& after_model, const Inspection& after);

}  // namespace quantbench::runtime
