#pragma once

#include "quantbench/base/json.h"
#include "quantbench/base/parameter.h"
#include "quantbench/graph/model.h"

namespace quantbench::quantize {

/// What is done to a graph before it is quantized, whatever the approach: fuse_first, prepare.
Parameters preparation_parameters();

/// The values of these parameters among `options`: equal ones make equal graphs.
Json preparation_of(const Json& options);

/// The model in normal form, of operator set 11 or later, with weights that nodes held as
/// initializers, with ONNX Runtime's fusions and the passes that the options ask for. Throws Error
/// (unknown pass, an operator set that cannot be raised, what the runtime throws).
graph::Model prepare(graph::Model model, const Json& options);

}  // namespace quantbench::quantize
