#pragma once

#include "quantbench/graph/model.h"

namespace quantbench::graph {

/// Brings a model into the form that the quantizers and onnx.checker expect. Results do not change.
///
/// - IR version below 4 lists initializers as graph inputs: they leave the inputs, and the version
///   becomes 4. Runtimes treat such initializers as constants, so nothing is lost.
/// - Nodes come after the nodes whose outputs they read. Runtimes accept any order.
/// - The default operator set is "", not "ai.onnx".
/// - A model that has operators of other sets only imports the default set, too, in version 13: the
///   quantizers add operators of it.
/// - Every part of a Split has a name, also in bodies: ONNX Runtime crashes on one without.
/// - No two nodes have the same name: ONNX Runtime does not load such a model.
///
/// Throws Error for a cycle.
void normalize(Model& model);

}  // namespace quantbench::graph
