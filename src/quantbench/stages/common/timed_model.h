#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "quantbench/checkpoint/checkpoint.h"
#include "quantbench/stages/common/model.h"
#include "quantbench/task/task.h"

namespace quantbench::stages {

/// "batch size 1, input length 128, per_channel=True": for progress display.
std::string shape_subject(const spec::Cell& cell, std::int64_t batch_size,
                          std::int64_t input_length);

/// A model with its random input, ready to be timed.
class TimedModel {
 public:
  /// Throws Error: the model does not load, the task has no such input.
  TimedModel(std::unique_ptr<runtime::Session> opened, const task::Task& task, const Json& config,
             std::int64_t batch_size, std::int64_t input_length);

  void forward() { bound_->run(); }
  const runtime::Session& session() const { return *session_; }
  /// The only batch size that the model itself takes; 0: any.
  std::int64_t fixed_batch() const { return fixed_batch_; }

 private:
  std::int64_t fixed_batch_;
  std::unique_ptr<runtime::Session> session_;
  std::unique_ptr<runtime::Session::Bound> bound_;
};

}  // namespace quantbench::stages
