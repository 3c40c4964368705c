#pragma once

#include "quantbench/store/sqlite.h"

namespace quantbench::store {

/// Migrates the file to the newest schema, each step once and in a transaction, even if two
/// processes open it at the same time. Throws Error if the file is another program's database or
/// comes from a newer quantbench.
void migrate(Connection& connection);

/// Version after `migrate` (PRAGMA user_version).
int newest_schema();

}  // namespace quantbench::store
