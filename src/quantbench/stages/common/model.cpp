#include "quantbench/stages/common/model.h"

#include "quantbench/stages/quantize.h"
#include "quantbench/stages/take_onnx.h"

namespace quantbench::stages {

FrameworkParams framework_params(const spec::Cell& cell) {
  const Json facts = runtime::runtimes().get(cell.framework).facts();
  return {.name = facts.at("name"),
          .version = facts.at("version"),
          .arguments = cell.framework_args.own};
}

bool is_quantized(const spec::Cell& cell) {
  const runtime::Runtime* runtime = runtime::runtimes().find(cell.framework);
  return cell.apply_quantization || (runtime != nullptr && runtime->quantizes());
}

std::size_t require_float_model(plan::Builder& builder, const spec::Cell& cell) {
  return builder.inputs().onnx.empty() ? builder.require<Export>(cell).index
                                       : builder.require<TakeOnnx>().index;
}

std::optional<std::size_t> require_model(plan::Builder& builder, const spec::Cell& cell) {
  const auto& runtime = runtime::runtimes().get(cell.framework);
  if (runtime.model_form() == runtime::ModelForm::kCheckpoint) return std::nullopt;
  return cell.apply_quantization ? builder.require<Quantize>(cell).index
                                 : require_float_model(builder, cell);
}

std::vector<std::size_t> model_needs(plan::Builder& builder, const spec::Cell& cell) {
  const auto stage = require_model(builder, cell);
  return stage ? std::vector<std::size_t>{*stage} : std::vector<std::size_t>{};
}

std::unique_ptr<runtime::Session> open_model(const FrameworkParams& framework,
                                             const std::filesystem::path& path,
                                             runtime::SessionOptions options,
                                             const std::string& task) {
  options.task = task;
  options.arguments = framework.arguments;
  return framework.runtime().open(path, options);
}

}  // namespace quantbench::stages
