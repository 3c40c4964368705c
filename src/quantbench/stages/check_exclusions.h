#pragma once

#include <string>
#include <vector>

#include "quantbench/plan/builder.h"

namespace quantbench::stages {

/// float32 ONNX model and entries of node_exclusion -> nothing, or an Error for an unknown node
/// name. The check needs the graph, so it comes directly after the export. A typing error then ends
/// the run before any measurement.
struct CheckExclusions {
  static constexpr plan::StageDeclaration kDeclaration{
      .name = "check_exclusions",
      .summary = "float32 ONNX model and node_exclusion -> an error for an unknown node name",
      .version = 2,
      .errors_are_input_faults = true,
  };

  struct Params {
    std::vector<std::string> node_exclusion;  ///< sorted

    static constexpr auto fields() {
      return std::tuple(field("node_exclusion", &Params::node_exclusion));
    }
  };
  using Places = plan::Nothing;
  using Result = plan::Nothing;

  /// Whether there is something to check for the cell.
  static bool applies_to(const spec::Cell& cell);
  static plan::Request<CheckExclusions> plan(plan::Builder& builder, const spec::Cell& cell);
  static Result run(const plan::Context<CheckExclusions>& context);
};

}  // namespace quantbench::stages
