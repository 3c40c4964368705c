#include "quantbench/backend/backend.h"

namespace quantbench::backend {

spec::Spec as_run(spec::Spec spec) {
  if (backends().find(spec.backend) != nullptr) return spec;
  spec.backend = backends().default_name();
  spec.backend_args = Json::object();
  return spec;
}

store::RunResult run(const spec::Spec& asked, const execute::Options& options) {
  const spec::Spec spec = as_run(asked);
  if (spec.backend != asked.backend) {
    execute::warn(options, "there is no backend '" + asked.backend +
                               "' in this build: the benchmark runs on this machine, and its "
                               "results say backend " +
                               spec.backend);
  }
  return backends().get(spec.backend).run(spec, options);
}

}  // namespace quantbench::backend
