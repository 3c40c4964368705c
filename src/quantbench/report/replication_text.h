#pragma once

#include <string>

#include "quantbench/analysis/replication.h"
#include "quantbench/base/json.h"

namespace quantbench::report {

/// "3 of 4 speedups agree within noise; 2 of 2 metric changes agree within noise"
std::string replication_summary(const analysis::Replication& replication);
std::string replication_markdown(const analysis::Replication& replication);
Json replication_json(const analysis::Replication& replication);

/// "agrees", "differs", "unknown"
std::string agreement_name(analysis::Agreement agreement);

}  // namespace quantbench::report
