#include "quantbench/runtime/onnxruntime/fuse.h"

#include <onnxruntime_cxx_api.h>

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/base/memory.h"
#include "quantbench/runtime/onnxruntime/environment.h"
#include "quantbench/runtime/onnxruntime/load_memory.h"

namespace quantbench::runtime {

graph::Model fuse_operators(const graph::Model& model) {
  const TemporaryDirectory directory;
  const auto from = directory.path() / "model.onnx";
  const auto to = directory.path() / "fused.onnx";
  model.save(from);
  try {
    Ort::SessionOptions options;
    options.SetLogSeverityLevel(ORT_LOGGING_LEVEL_ERROR);
    options.SetGraphOptimizationLevel(ORT_ENABLE_EXTENDED);
    options.SetOptimizedModelFilePath(to.c_str());
    // Otherwise a model of more than 2 GB could not be written.
    options.AddConfigEntry("session.optimized_model_external_initializers_file_name",
                           "fused.onnx.data");
    options.SetIntraOpNumThreads(1);
    const MemoryGrowthLimit limit(load_memory_of_file(from));
    const Ort::Session session(environment(), from.c_str(), options);
  } catch (const Ort::Exception& failure) {
    throw Error(std::string("ONNX Runtime cannot fuse the model: ") + failure.what());
  }
  // The mapped files may be deleted while they are mapped.
  return graph::Model::load(to);
}

}  // namespace quantbench::runtime
