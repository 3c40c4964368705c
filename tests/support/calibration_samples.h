#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "quantbench/calibrate/batches.h"
#include "quantbench/graph/element_types.h"
#include "quantbench/graph/model.h"

namespace quantbench::test {

/// A sample of these tokens, without padding.
inline calibrate::Sample sample(const std::vector<std::int64_t>& ids) {
  const std::vector<std::int64_t> shape{1, static_cast<std::int64_t>(ids.size())};
  return {{"input_ids", {shape, ids}},
          {"attention_mask", {shape, std::vector<std::int64_t>(ids.size(), 1)}},
          {"token_type_ids", {shape, std::vector<std::int64_t>(ids.size(), 0)}}};
}

/// Float outputs of the model's nodes.
inline std::vector<std::string> float_tensors(const graph::Model& model) {
  const graph::ElementTypes types(model);
  std::vector<std::string> tensors;
  for (const auto& node : model.graph().node()) {
    for (const auto& output : node.output()) {
      if (types.is_float(output)) tensors.push_back(output);
    }
  }
  return tensors;
}

}  // namespace quantbench::test
