#include "quantbench/quantize/pattern.h"

namespace quantbench::quantize {

// The sum at the end of a block of a residual network. The node marked * stays in float:
//
//   Conv ----> Add* -> Relu ->
//               ^
//   x ----------+
void register_residual_add_relu(PatternRegistry& registry) {
  registry.add("residual-add-relu", feeds("Add", "Relu"));
}

}  // namespace quantbench::quantize
