#pragma once

#include <onnx/onnx_pb.h>

#include <set>
#include <string>

namespace quantbench::graph {

/// Names that a node's subgraphs (the branches of If, the body of Loop or Scan) capture from outer
/// graphs: used inside, but not made there by a node, an input or an initializer.
std::set<std::string> captured_names(const onnx::NodeProto& node);

}  // namespace quantbench::graph
