#pragma once

#include <openvino/runtime/compiled_model.hpp>

#include "quantbench/runtime/execution.h"

namespace quantbench::runtime::openvino_plugin {

/// What OpenVINO's CPU plug-in executes for a model, from its runtime model
/// (ov::CompiledModel::get_runtime_model): its nodes are what is left after fusion, each with the
/// precision that it runs in. Kinds of operators are the plug-in's own: FullyConnected, Subgraph.
Execution executed_graph(const ov::CompiledModel& compiled);

}  // namespace quantbench::runtime::openvino_plugin
