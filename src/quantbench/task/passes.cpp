#include "quantbench/task/passes.h"

#include <cstdint>
#include <type_traits>
#include <utility>
#include <variant>

#include "quantbench/base/error.h"

namespace quantbench::task {

std::vector<runtime::Tensor> take_row(const std::vector<runtime::Tensor>& batch, std::size_t row,
                                      std::size_t rows) {
  std::vector<runtime::Tensor> single;
  for (const runtime::Tensor& output : batch) {
    if (output.shape.empty() || output.shape[0] != static_cast<std::int64_t>(rows)) {
      throw Error("the first axis of every model output must be the batch");
    }
    single.push_back(runtime::rows_of(output, row, row + 1));
  }
  return single;
}

void run_alone(const runtime::Session& session, const Pass& pass) {
  pass.outputs() = session.run(select_inputs(pass.features().inputs, session.inputs()));
}

void run_together(const runtime::Session& session, const Processor& processor,
                  const std::vector<Pass>& passes) {
  std::vector<const Features*> together;
  for (const Pass& pass : passes) together.push_back(&pass.features());
  const auto outputs = session.run(select_inputs(processor.collate(together), session.inputs()));
  for (std::size_t i = 0; i < passes.size(); ++i) {
    passes[i].outputs() = take_row(outputs, i, passes.size());
  }
}

}  // namespace quantbench::task
