#include "quantbench/runtime/onnxruntime/optimized_graph.h"

#include "quantbench/base/memory.h"
#include "quantbench/runtime/onnxruntime/environment.h"
#include "quantbench/runtime/onnxruntime/load_memory.h"

namespace quantbench::runtime {

graph::Model optimized_graph(const std::filesystem::path& model, GraphOptimizationLevel level,
                             const std::filesystem::path& scratch) {
  const auto file = scratch / "optimized.onnx";
  Ort::SessionOptions options;
  options.SetLogSeverityLevel(ORT_LOGGING_LEVEL_ERROR);
  options.SetGraphOptimizationLevel(level);
  options.SetOptimizedModelFilePath(file.c_str());
  // Otherwise a model of more than 2 GB could not be written.
  options.AddConfigEntry("session.optimized_model_external_initializers_file_name",
                         "optimized.onnx.data");
  options.SetIntraOpNumThreads(1);
  {
    const MemoryGrowthLimit limit(load_memory_of_file(model));
    const Ort::Session session(environment(), model.c_str(), options);
  }
  // The mapped files may be deleted while they are mapped.
  return graph::Model::load(file);
}

}  // namespace quantbench::runtime
