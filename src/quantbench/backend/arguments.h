#pragma once

#include <string>

#include "quantbench/backend/backend.h"

namespace quantbench::backend {

/// `given` as backend_args of `backend`: checked, with the defaults of what is missing. A single
/// value for a list is a list of one, and a number for a text its digits. Throws Error naming the
/// key.
Json checked_arguments(const Backend& backend, const Json& given);

/// Those that results and cards show.
Json shown_arguments(const Backend& backend, const Json& given);

}  // namespace quantbench::backend
