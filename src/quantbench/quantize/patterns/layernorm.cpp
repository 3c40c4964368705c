#include "quantbench/quantize/pattern.h"

namespace quantbench::quantize {

namespace {

// Layer normalization as exported before opset 17. All nodes marked * stay in float:
//
//   x -----------------------+--------------> Sub* ---------------------> Div* -> Mul* -> Add* ->
//   |                        |                 ^ |                         ^
//   +--> ReduceMean* --------+-----------------+ +-> Pow* -> ReduceMean*   |
//                                                              |           |
//                                                             Add* -> Sqrt*
class LayerNormPattern : public Pattern {
 public:
  std::string summary() const override {
    return "the path ReduceMean, Sub, Pow, ReduceMean, Add, Sqrt, Div, Mul up to its Add";
  }

  std::vector<std::string> operators() const override {
    return {"ReduceMean", "Sub", "Pow", "Add", "Sqrt", "Div", "Mul"};
  }

  std::vector<std::string> fused_forms() const override {
    return {"LayerNormalization", "SkipLayerNormalization", "EmbedLayerNormalization"};
  }

  std::vector<Occurrence> find(const graph::Index& index) const override {
    return find_paths(index, "Add",
                      {{"Mul"},
                       {"Div"},
                       {"Sqrt", 1},
                       {"Add", 0},
                       {"ReduceMean"},
                       {"Pow", 0},
                       {"Sub", 0},
                       {"ReduceMean", 1}});
  }
};

}  // namespace

void register_layernorm(PatternRegistry& registry) {
  registry.add("layernorm", std::make_unique<LayerNormPattern>());
}

}  // namespace quantbench::quantize
