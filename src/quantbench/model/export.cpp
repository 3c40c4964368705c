#include <algorithm>

#include "quantbench/base/error.h"
#include "quantbench/base/text.h"
#include "quantbench/model/architecture.h"
#include "quantbench/model/onnx/builder.h"
#include "quantbench/model/onnx/onnx_forward.h"
#include "quantbench/model/weights.h"

namespace quantbench::model {

const Architecture& architecture_for(const checkpoint::Checkpoint& checkpoint,
                                     std::string_view task) {
  const std::string model_type = checkpoint.model_type();
  const Architecture& architecture =
      with_context(checkpoint.config_path(),
                   [&]() -> const Architecture& { return architectures().get(model_type); });
  const std::vector<std::string> tasks = architecture.tasks();
  if (std::ranges::find(tasks, task) == tasks.end()) {
    throw Error("model_type '" + model_type + "' has no head for task '" + std::string(task) + "'",
                checkpoint.config_path(), suggest(task, tasks));
  }
  return architecture;
}

graph::Model export_onnx(const checkpoint::Checkpoint& checkpoint, const ExportOptions& options) {
  const Architecture& architecture = architecture_for(checkpoint, options.task);
  OnnxBuilder builder(options.opset, checkpoint.model_type());
  const auto network = architecture.network(checkpoint, options.task);
  const Weights weights(checkpoint, architecture.base_model_prefix());
  OnnxForward forward(builder, weights);
  for (const std::string& name : architecture.input_names(checkpoint)) forward.declare_input(name);
  for (const Output& output : network->outputs(forward)) {
    builder.output(output.name, forward.name_of(output.value), output.dimensions);
  }
  return std::move(builder).finish();
}

}  // namespace quantbench::model
