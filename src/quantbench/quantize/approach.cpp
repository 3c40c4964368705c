#include "quantbench/quantize/approach.h"

namespace quantbench::quantize {

Parameters approach_parameters() {
  Parameters all;
  for (const std::string& name : approaches().names()) {
    add_declared(all, approaches().get(name).parameters(), name);
  }
  return all;
}

std::vector<std::string> calibrating_approaches() {
  std::vector<std::string> names;
  for (const std::string& name : approaches().names()) {
    if (approaches().get(name).calibrates()) names.push_back(name);
  }
  return names;
}

}  // namespace quantbench::quantize
