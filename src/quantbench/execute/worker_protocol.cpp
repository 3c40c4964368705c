#include "quantbench/execute/worker_protocol.h"

#include <string>

namespace quantbench::execute {

Json error_to_json(const Error& error) {
  return {{"problem", error.problem()}, {"where", error.where()}, {"hint", error.hint()}};
}

Error error_from_json(const Json& json) {
  return Error(require<std::string>(json, "problem", "worker"),
               require<std::string>(json, "where", "worker"),
               require<std::string>(json, "hint", "worker"));
}

}  // namespace quantbench::execute
