#pragma once

#include "quantbench/store/sqlite.h"

namespace quantbench::store {

/// Brings the file to the newest schema, each step once and in a transaction, also when two
/// processes open it at the same time. Throws Error when the file is another program's database or
/// was written by a newer quantbench.
void migrate(Connection& connection);

/// Version that `migrate` brings a file to (PRAGMA user_version).
int newest_schema();

}  // namespace quantbench::store
