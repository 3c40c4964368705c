#include "quantbench/quantize/pattern.h"

namespace quantbench::quantize {

// The sum of scores and attention mask. The mask makes its range enormous. The node marked * stays
// in float:
//
//   scores ---> Add* -> Softmax ->
//                ^
//   mask --------+
void register_softmax(PatternRegistry& registry) {
  registry.add("softmax", feeds("Add", "Softmax"));
}

}  // namespace quantbench::quantize
