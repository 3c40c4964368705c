#include "quantbench/execute/thread_warning.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "quantbench/runtime/session.h"

namespace quantbench::execute {

namespace {

/// Threads of a timed forward.
struct Threads {
  double count = 0;
  bool given = false;  ///< by intra_op_num_threads
};

/// The runtime's own number: as it says, else one for each core of the machine.
double usual_threads(const std::string& framework, const measure::Processors& processors) {
  const Json told = runtime::runtimes().get(framework).facts().value("threads", Json());
  return told.is_number() ? told.get<double>() : static_cast<double>(processors.machine_cores);
}

Threads most_threads(const Plan& plan, const measure::Processors& processors) {
  Threads most;
  for (const PlannedRow& row : plan.rows) {
    if (!row.skipped.empty()) continue;
    const auto& given = row.cell->framework_args.intra_op_num_threads;
    const double count = given ? *given : usual_threads(row.cell->framework, processors);
    if (count > most.count) most = {count, given.has_value()};
  }
  return most;
}

}  // namespace

std::string thread_warning(const Plan& plan, const measure::Processors& processors) {
  const Threads threads = most_threads(plan, processors);
  const auto allowed = static_cast<double>(processors.allowed);
  const bool by_quota = processors.quota && processors.quota->processors < allowed;
  const double limit = by_quota ? processors.quota->processors : allowed;
  if (threads.count <= limit) return {};
  const std::string subject =
      threads.given
          ? fmt::format("intra_op_num_threads is {:.0f}", threads.count)
          : fmt::format("intra_op_num_threads is not set, which means {:.0f} thread{} here",
                        threads.count, threads.count == 1 ? "" : "s");
  const std::string fact =
      by_quota
          ? fmt::format("the quota of the control group is {:g} processors ({})", limit,
                        processors.quota->group.string())
          : fmt::format("this process may use {:.0f} processor{}", limit, limit == 1 ? "" : "s");
  const std::string remedy = limit < 1 ? "raise the quota to 1 or more"
                                       : fmt::format("set it to at most {:.0f}", std::floor(limit));
  return subject + ", but " + fact +
         ": threads wait for each other, so latencies are long and vary; " + remedy;
}

}  // namespace quantbench::execute
