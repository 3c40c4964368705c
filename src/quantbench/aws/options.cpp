#include "quantbench/aws/options.h"

#include <cstdlib>
#include <ctime>

#include "quantbench/base/text.h"

namespace quantbench::aws {

std::string Options::text_of(const char* name) const {
  return std::string(trim(variable(name).value_or(std::string())));
}

std::optional<std::string> Options::process_environment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr) return std::nullopt;
  return value;
}

std::int64_t Options::wall_clock() { return std::time(nullptr); }

}  // namespace quantbench::aws
