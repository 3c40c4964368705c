#pragma once

#include <string>

#include "quantbench/base/registry.h"
#include "quantbench/execute/run.h"
#include "quantbench/spec/spec.h"
#include "quantbench/store/result.h"

namespace quantbench::backend {

/// A place where benchmarks run: a value of the spec's `backend`.
class Backend {
 public:
  virtual ~Backend() = default;
  /// What it is, as a noun phrase.
  virtual std::string summary() const = 0;
  /// Meant by a spec that names none. True for one backend.
  virtual bool is_default() const { return false; }
  /// Runs the spec to its end and keeps the results in the store of `options`. Throws what
  /// execute::run throws.
  virtual store::RunResult run(const spec::Spec& spec, const execute::Options& options) const = 0;
};

using BackendRegistry = Registry<Backend>;
void register_builtin_backends(BackendRegistry& registry);
BackendRegistry& backends();

/// The spec as this build runs it. A backend that the build does not have gives way to the default
/// one, and its `backend_args` are dropped. Results and cards then say so.
spec::Spec as_run(spec::Spec spec);

/// Runs a spec where it asks for, with a warning if this build does not have its backend.
store::RunResult run(const spec::Spec& spec, const execute::Options& options);

}  // namespace quantbench::backend
