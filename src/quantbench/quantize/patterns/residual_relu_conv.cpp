#include "quantbench/quantize/pattern.h"

namespace quantbench::quantize {

// The activation between the blocks of a residual network. The node marked * stays in float:
//
//   Add -> Relu* -> Conv ->
void register_residual_relu_conv(PatternRegistry& registry) {
  registry.add("residual-relu-conv", feeds("Relu", "Conv"));
}

}  // namespace quantbench::quantize
