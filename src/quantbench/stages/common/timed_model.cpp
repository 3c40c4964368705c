#include "quantbench/stages/common/timed_model.h"

#include <utility>

#include "quantbench/runtime/model_interface.h"

namespace quantbench::stages {

std::string shape_subject(const spec::Cell& cell, std::int64_t batch_size,
                          std::int64_t input_length) {
  const std::string words = plan::in_words(cell);
  return "batch size " + std::to_string(batch_size) + ", input length " +
         std::to_string(input_length) + (words.empty() ? "" : ", " + words);
}

TimedModel::TimedModel(std::unique_ptr<runtime::Session> opened, const task::Task& task,
                       const Json& config, std::int64_t batch_size, std::int64_t input_length)
    : fixed_batch_(runtime::fixed_batch(opened->inputs())),
      session_(runtime::with_any_batch(std::move(opened))),
      bound_(session_->bind(
          task.timing_inputs(session_->inputs(), batch_size, input_length, config))) {}

}  // namespace quantbench::stages
