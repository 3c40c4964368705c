#include "quantbench/quantize/pattern.h"

namespace quantbench::quantize {

// The sum that closes a block of a residual network. The node marked * is left:
//
//   Conv ----> Add* -> Relu ->
//               ^
//   x ----------+
void register_residual_add_relu(PatternRegistry& registry) {
  registry.add("residual-add-relu", feeds("Add", "Relu"));
}

}  // namespace quantbench::quantize
