#include "quantbench/quantize/approach.h"

namespace quantbench::quantize {

Parameters approach_parameters() {
  Parameters all;
  for (const std::string& name : approaches().names()) {
    add_declared(all, approaches().get(name).parameters(), name);
  }
  return all;
}

}  // namespace quantbench::quantize
