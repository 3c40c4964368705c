#pragma once

#include "quantbench/spec/spec.h"

namespace quantbench::engine {

/// The names that the registries of this build have, so that a spec with another one is refused
/// with its line: tasks, frameworks, metrics, operator kinds, exclusion patterns. Backends are not
/// among them: whatever a card names, the run is local.
spec::KnownNames known_names();

}  // namespace quantbench::engine
