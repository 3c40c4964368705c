#include "quantbench/base/version.h"

namespace quantbench {

std::string_view version() { return QUANTBENCH_VERSION; }

}  // namespace quantbench
