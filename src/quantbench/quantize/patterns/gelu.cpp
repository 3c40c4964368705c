#include "quantbench/quantize/pattern.h"

namespace quantbench::quantize {

namespace {

// The exact GELU, x * (1 + erf(x / sqrt 2)) / 2. All nodes marked * stay in float:
//
//   x ---+-------------------------------> Mul* -> Mul* ->
//        |                                  ^       ^
//        +--> Div* -> Erf* -> Add*(1) ------+      0.5
class GeluPattern : public Pattern {
 public:
  std::string summary() const override { return "the path Div, Erf, Add, Mul up to the final Mul"; }

  std::vector<std::string> operators() const override { return {"Div", "Erf", "Add", "Mul"}; }

  std::vector<std::string> fused_forms() const override {
    return {"Gelu", "BiasGelu", "FastGelu", "QuickGelu"};
  }

  std::vector<Occurrence> find(const graph::Index& index) const override {
    return find_paths(index, "Mul", {{"Mul"}, {"Add"}, {"Erf"}, {"Div", 0}});
  }
};

}  // namespace

void register_gelu(PatternRegistry& registry) {
  registry.add("gelu", std::make_unique<GeluPattern>());
}

}  // namespace quantbench::quantize
