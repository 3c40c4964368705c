#pragma once

#include <filesystem>
#include <functional>

#include "quantbench/execute/artefacts.h"
#include "quantbench/execute/run.h"
#include "quantbench/plan/inputs.h"
#include "quantbench/spec/spec.h"

namespace quantbench::execute {

/// The files of a model in the cache of artefacts.
struct ModelFiles {
  std::filesystem::path directory;
  ArtefactDescription artefact;
};

/// Gives `use` the model of a cell. It comes from the cache or, where it is not there, is made
/// again as a run makes it: exported, calibrated, quantized. While `use` runs, it stays in the
/// cache.
///
/// Model and data set of `spec` are local (LocatedSpec); `cell` is one of its cells; `inputs` come
/// from plan::inspect_model. A cell that calibrates reads the data set. `options` must name store
/// and cache. Throws Error: the cell's framework opens the checkpoint, and there is no model file;
/// a stage failed.
void with_model_files(const spec::Spec& spec, const plan::Inputs& inputs, const spec::Cell& cell,
                      const Options& options,
                      const std::function<void(const ModelFiles& model)>& use);

}  // namespace quantbench::execute
