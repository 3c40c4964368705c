#include "quantbench/quantize/pattern.h"

namespace quantbench::quantize {

// The attention mask added to the scores, whose range the mask makes enormous. The node marked * is
// left:
//
//   scores ---> Add* -> Softmax ->
//                ^
//   mask --------+
void register_softmax(PatternRegistry& registry) {
  registry.add("softmax", feeds("Add", "Softmax"));
}

}  // namespace quantbench::quantize
