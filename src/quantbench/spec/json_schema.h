#pragma once

#include "quantbench/base/json.h"
#include "quantbench/spec/schema.h"

namespace quantbench::spec {

/// The keys as a JSON Schema (draft 7, which YAML editors read): they complete keys and values and
/// mark what a spec may not have. Rules between keys are left to `parse`.
Json json_schema(const Schema& keys);

}  // namespace quantbench::spec
