#include "quantbench/quantize/pattern.h"

namespace quantbench::quantize {

// The sum of embeddings. The node marked * stays in float (as does an Add whose bias is gathered):
//
//   Gather ----> Add* ->
//                 ^
//   Gather -------+
void register_gather(PatternRegistry& registry) { registry.add("gather", fed_by("Add", "Gather")); }

}  // namespace quantbench::quantize
