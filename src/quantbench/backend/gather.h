#pragma once

#include <map>
#include <string>
#include <vector>

#include "quantbench/backend/run_directory.h"
#include "quantbench/execute/prepare.h"
#include "quantbench/store/database.h"

namespace quantbench::backend {

/// The results of a run whose shards have ended, made by the ordinary executor from the records in
/// the run's directory: one for each kind of machine (measure::machine_key) that timed something,
/// the one with most shapes first. A row's timings are always of one machine, beside its original
/// on the same machine. An evaluation that no shard did on that machine is taken from another one,
/// with a warning in the row where their CPUs differ.
///
/// A run whose strategy searches has the result that each of its shards brought.
///
/// `lost`: shards that did not end -> why; rows that need them failed.
std::vector<store::RunResult> gather(const RunDirectory& directory, const RunDescription& run,
                                     const execute::Prepared& prepared,
                                     const std::map<std::string, std::string>& lost,
                                     const execute::Options& options, store::Database& database);

}  // namespace quantbench::backend
