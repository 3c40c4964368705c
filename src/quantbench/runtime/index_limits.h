#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "quantbench/graph/model.h"
#include "quantbench/runtime/session.h"

namespace quantbench::runtime {

/// Inputs of the graph whose values choose rows of a constant table (token ids, token types,
/// positions), each with the rows of its smallest table. The table may be quantized; the values may
/// be cast and reshaped on their way. Tables inside the bodies of If, Loop and Scan do not count.
std::map<std::string, std::int64_t> index_limits(const graph::Model& model);

/// For runtimes that do not check it themselves. Throws Error "input 'input_ids': the value 30522
/// is out of range" if an input holds a value outside of [-rows, rows), which is what ONNX's Gather
/// takes.
void check_indices(const std::map<std::string, std::int64_t>& limits,
                   const std::vector<NamedTensor>& inputs);

}  // namespace quantbench::runtime
