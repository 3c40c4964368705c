#include "quantbench/measure/processors.h"

#include "quantbench/base/parallel.h"
#include "quantbench/measure/fitness.h"

namespace quantbench::measure {

Processors usable_processors(const std::filesystem::path& root) {
  const MachineView machine({.root = root});
  return {.allowed = usable_cores(),
          .quota = cpu_quota(root),
          .machine_cores = machine.texts_of_processors("topology/thread_siblings_list").size()};
}

}  // namespace quantbench::measure
