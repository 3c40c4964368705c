#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "quantbench/quantize/approach.h"
#include "support/turned_output.h"

namespace quantbench::search::test {

/// Dynamic quantization that spoils the model as long as less than three operators are in float:
/// then the model's output is turned, and a classifier of two classes is wrong where it was right.
class SpoilingApproach final : public quantize::Approach {
 public:
  static constexpr std::ptrdiff_t kInFloat = 3;

  std::string summary() const override { return "dynamic, and a turned output"; }
  Parameters parameters() const override { return dynamic().parameters(); }
  quantize::Report quantize(graph::Model& model, const Json& options,
                            const quantize::Ranges& ranges) const override {
    Json all = options;
    all["node_exclusion"] = Json::array();
    graph::Model whole = model.clone();
    const auto nodes = dynamic().quantize(whole, all, ranges).quantized_nodes;
    quantize::Report report = dynamic().quantize(model, options, ranges);
    const auto is_quantized = [&](const std::string& name) {
      return std::ranges::find(report.quantized_nodes, name) != report.quantized_nodes.end();
    };
    const auto in_float = std::ranges::count_if(nodes, std::not_fn(is_quantized));
    if (in_float < kInFloat) quantbench::test::turn_output(model);
    return report;
  }

 private:
  static const quantize::Approach& dynamic() { return quantize::approaches().get("dynamic"); }
};

inline void register_spoiling_approach() {
  quantize::approaches().add("spoiling", std::make_unique<SpoilingApproach>());
}

}  // namespace quantbench::search::test
