#pragma once

#include <onnxruntime_cxx_api.h>

#include <memory>
#include <string>
#include <vector>

#include "quantbench/graph/model.h"

namespace quantbench::runtime {

/// A graph in the form that ONNX Runtime opens without a file: the protobuf, and the weights where
/// they lie (OrtApi::AddExternalInitializers). Nothing of a weight is copied but what its mapped
/// file does not align. Must outlive the session.
class InMemoryModel {
 public:
  explicit InMemoryModel(const graph::Model& model);

  /// Names the weights to the options of the session that `bytes` is opened with.
  void add_weights_to(Ort::SessionOptions& options) const;
  const std::string& bytes() const { return bytes_; }

 private:
  /// The weights of names_ as values: where they lie, or copied where their file does not align
  /// them.
  void borrow_weights(const graph::Model& model);

  std::string bytes_;
  std::vector<std::string> names_;
  std::vector<Ort::Value> values_;
  /// Keep the weights' bytes alive.
  std::vector<std::shared_ptr<const void>> owners_;
};

}  // namespace quantbench::runtime
