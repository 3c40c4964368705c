#include "quantbench/stages/take_onnx.h"

#include <system_error>

#include "quantbench/base/error.h"
#include "quantbench/checkpoint/model_source.h"
#include "quantbench/graph/external_files.h"
#include "quantbench/graph/model.h"
#include "quantbench/plan/task_data.h"
#include "quantbench/stages/export.h"
#include "quantbench/stages/registry.h"

namespace quantbench::stages {

namespace {

namespace fs = std::filesystem;

void copy_into(const fs::path& from, const fs::path& to) {
  std::error_code failure;
  fs::create_directories(to.parent_path(), failure);
  if (!failure) fs::copy_file(from, to, failure);
  if (failure) throw Error("cannot copy to the cache: " + failure.message(), from.string());
}

}  // namespace

plan::Request<TakeOnnx> TakeOnnx::plan(plan::Builder& builder) {
  const plan::Inputs& inputs = builder.inputs();
  return {
      .params = {.model = inputs.onnx_hash},
      .places = {.model = inputs.onnx},
      .subject = inputs.onnx.filename().string(),
      .expected_seconds = 1,
  };
}

TakeOnnx::Result TakeOnnx::run(const plan::Context<TakeOnnx>& context) {
  const fs::path& model = context.places.model;
  graph::Model::load(model);  // checks it and the places of its external data
  const fs::path taken = context.output() / kModelFile;
  copy_into(model, taken);
  for (const std::string& file : graph::external_files(model)) {
    copy_into(model.parent_path() / file, context.output() / file);
  }
  plan::require_unchanged(checkpoint::onnx_hash(taken), context.params.model, model.string());
  return {};
}

void register_take_onnx(StageRegistry& registry) { add<TakeOnnx>(registry); }

}  // namespace quantbench::stages
