#pragma once

#include <onnxruntime_cxx_api.h>

#include <exception>
#include <memory>
#include <mutex>

#include "quantbench/runtime/session.h"

namespace quantbench::runtime {

/// The operator quantbench.Observe (see session.h) as a custom operator of ONNX Runtime: shows its
/// input to an observer while the forward runs, where it lies, on the runtime's threads.
class ObserveOperator {
 public:
  explicit ObserveOperator(Observer observer);
  ~ObserveOperator();

  /// This object must outlive the sessions opened with the options.
  void add_to(Ort::SessionOptions& options);
  /// Throws what the observer threw during a forward, once.
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

/// ONNX Runtime's element types in this program's words.
ElementType to_element_type(ONNXTensorElementDataType type);

}  // namespace quantbench::runtime
