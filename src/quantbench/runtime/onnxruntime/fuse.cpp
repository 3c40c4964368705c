#include "quantbench/runtime/onnxruntime/fuse.h"

#include <onnxruntime_cxx_api.h>

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/runtime/onnxruntime/optimized_graph.h"

namespace quantbench::runtime {

graph::Model fuse_operators(const graph::Model& model) {
  const TemporaryDirectory directory;
  const auto from = directory.path() / "model.onnx";
  model.save(from);
  try {
    return optimized_graph(from, ORT_ENABLE_EXTENDED, directory.path());
  } catch (const Ort::Exception& failure) {
    throw Error(std::string("ONNX Runtime cannot fuse the model: ") + failure.what());
  }
}

}  // namespace quantbench::runtime
