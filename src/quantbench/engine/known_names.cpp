#include "quantbench/engine/known_names.h"

#include "quantbench/metric/registry.h"
#include "quantbench/quantize/operator_kinds.h"
#include "quantbench/quantize/pattern.h"
#include "quantbench/runtime/session.h"
#include "quantbench/task/task.h"

namespace quantbench::engine {

spec::KnownNames known_names() {
  return {.tasks = task::tasks().names(),
          .frameworks = runtime::runtimes().names(),
          .backends = {},
          .metrics = metric::metrics().names(),
          .operators = quantize::operator_kinds(),
          .exclusions = quantize::patterns().names()};
}

}  // namespace quantbench::engine
