#include "quantbench/quantize/pattern.h"

namespace quantbench::quantize {

// The sum around a block. At least one side ends in an Add: the bias of its last layer, or the
// normalization before it. The node marked * stays in float:
//
//   Add ----> Add* ->
//              ^
//   x ---------+
void register_residual(PatternRegistry& registry) {
  registry.add("residual", fed_by("Add", "Add"));
}

}  // namespace quantbench::quantize
