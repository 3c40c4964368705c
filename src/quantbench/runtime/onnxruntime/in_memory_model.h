#pragma once

#include <onnxruntime_cxx_api.h>

#include <memory>
#include <string>
#include <vector>

#include "quantbench/graph/model.h"

namespace quantbench::runtime {

/// A graph that ONNX Runtime opens without a file: the protobuf, and the weights in place
/// (OrtApi::AddExternalInitializers). Only weights that are not aligned in their mapped file are
/// copied. Must outlive the session.
class InMemoryModel {
 public:
  explicit InMemoryModel(const graph::Model& model);

  /// Adds the weights to the options of the session that opens `bytes`.
  void add_weights_to(Ort::SessionOptions& options) const;
  const std::string& bytes() const { return bytes_; }

 private:
  /// The weights of names_ as values: in place, or copied if their file does not align them.
  void borrow_weights(const graph::Model& model);

  std::string bytes_;
  std::vector<std::string> names_;
  std::vector<Ort::Value> values_;
  /// Owners of the weights' bytes.
  std::vector<std::shared_ptr<const void>> owners_;
};

}  // namespace quantbench::runtime
