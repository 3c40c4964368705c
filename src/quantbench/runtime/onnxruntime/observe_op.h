#pragma once

#include <onnxruntime_cxx_api.h>

#include <exception>
#include <memory>
#include <mutex>

#include "quantbench/runtime/session.h"

namespace quantbench::runtime {

/// The operator quantbench.Observe (see session.h) as a custom operator of ONNX Runtime: shows its
/// input to an observer during the forward, in place, on the runtime's threads.
class ObserveOperator {
 public:
  explicit ObserveOperator(Observer observer);
  ~ObserveOperator();

  /// This object must outlive all sessions opened with the options.
  void add_to(Ort::SessionOptions& options);
  /// Rethrows the observer's exception of the last forward, once.
  void rethrow();

 private:
  struct Kernel;
  struct Operator;

  void show(const Ort::KernelContext& context, std::int64_t index);

  Observer observer_;
  std::unique_ptr<Operator> operator_;
  Ort::CustomOpDomain domain_;
  std::mutex lock_;
  std::exception_ptr failure_;
};

/// quantbench's element type for one of ONNX Runtime.
ElementType to_element_type(ONNXTensorElementDataType type);

}  // namespace quantbench::runtime
