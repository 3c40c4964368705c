#pragma once

#include <string>

#include "quantbench/graph/model.h"

namespace quantbench::test {

/// Turns the sign of the model's output: a classifier of two classes is then wrong where it was
/// right.
inline void turn_output(graph::Model& model) {
  onnx::GraphProto& graph = model.graph();
  const std::string output = graph.output(0).name();
  for (onnx::NodeProto& node : *graph.mutable_node()) {
    for (std::string& name : *node.mutable_output()) {
      if (name == output) name += "_before";
    }
  }
  onnx::NodeProto& turned = *graph.add_node();
  turned.set_name("turned");
  turned.set_op_type("Neg");
  turned.add_input(output + "_before");
  turned.add_output(output);
}

}  // namespace quantbench::test
