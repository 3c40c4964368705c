#pragma once

#include <string>

#include "quantbench/base/parameter.h"
#include "quantbench/base/registry.h"
#include "quantbench/execute/run.h"
#include "quantbench/spec/spec.h"
#include "quantbench/store/result.h"

namespace quantbench::execute {

/// How the cells that are measured are chosen: a value of the spec's `strategy`. One file a
/// strategy in search/strategies/.
class Strategy {
 public:
  virtual ~Strategy() = default;
  /// What it measures, as a noun phrase.
  virtual std::string summary() const = 0;
  /// The keys of strategy_args.
  virtual Parameters parameters() const { return {}; }
  /// Meant by a spec that names none. True for one strategy.
  virtual bool is_default() const { return false; }
  /// What it measures next depends on what it found: its run cannot be cut into shards.
  virtual bool searches() const { return false; }
  /// Runs a spec on this machine. Throws what execute::run throws.
  virtual store::RunResult run(const spec::Spec& spec, const Options& options) const = 0;
};

using StrategyRegistry = Registry<Strategy>;
void register_builtin_strategies(StrategyRegistry& registry);
StrategyRegistry& strategies();

}  // namespace quantbench::execute
