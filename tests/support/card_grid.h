#pragma once

#include <filesystem>
#include <string>

namespace quantbench::test {

/// The grid of card 000 (its onnxruntime rows) over a model and a data set of one's own: four
/// quantized cells and the original.
inline std::string card_grid(const std::filesystem::path& model,
                             const std::filesystem::path& data) {
  return "name_or_path: " + model.string() + "\ndataset: {path: " + data.string() + R"(,
  eval_split: validation, data_keys: {primary: sentence}, ref_keys: [label]}
task: text-classification
task_args: {is_regression: false}
metrics: [accuracy]
quantization_approach: dynamic
node_exclusion: []
framework: onnxruntime
framework_args: {opset: 13, optimization_level: 1, intra_op_num_threads: 1}
operators_to_quantize: [[Add, MatMul], [Add]]
per_channel: [false, true]
apply_quantization: [true, false]
batch_sizes: [1, 2]
input_lengths: [8]
time_benchmark_args: {duration: 0.02, warmup_runs: 1}
)";
}

}  // namespace quantbench::test
