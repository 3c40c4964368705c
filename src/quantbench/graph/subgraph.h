#pragma once

#include <onnx/onnx_pb.h>

#include <set>
#include <string>

namespace quantbench::graph {

/// Names that the subgraphs of a node (the branches of If, the body of Loop or Scan) take from the
/// graphs around it: used inside, made neither by a node nor as an input or initializer there.
std::set<std::string> captured_names(const onnx::NodeProto& node);

}  // namespace quantbench::graph
