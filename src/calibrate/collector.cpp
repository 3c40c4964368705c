#include "quantbench/calibrate/collector.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "quantbench/base/error.h"
#include "quantbench/calibrate/observe.h"
#include "quantbench/calibrate/token_axes.h"

namespace quantbench::calibrate {

namespace {

constexpr const char* kMaskInput = "attention_mask";

/// Sums of real values and the mask: there the padded positions hold what makes softmax ignore
/// them, and a range without padding clips it.
std::vector<std::string> tensors_carrying_the_mask(const graph::Model& model,
                                                   const std::set<std::string>& mask_only) {
  std::vector<std::string> carriers;
  for (const onnx::NodeProto& node : model.graph().node()) {
    if (node.op_type() != "Add" && node.op_type() != "Where") continue;
    const bool reads_mask = std::any_of(node.input().begin(), node.input().end(),
                                        [&](const auto& name) { return mask_only.count(name); });
    if (reads_mask && mask_only.count(node.output(0)) == 0) carriers.push_back(node.output(0));
  }
  return carriers;
}

}  // namespace

Collector::Collector(const graph::Model& model, std::span<const std::string> tensors,
                     const Needs& needs, const Options& options)
    : tensors_(tensors.begin(), tensors.end()),
      skip_padding_(options.skip_padding),
      statistics_(tensors.size(), TensorStatistics(needs, options.collection)),
      other_type_(tensors.size(), false),
      mask_only_(tensors.size(), false),
      workspace_(options.threads ? static_cast<std::size_t>(std::max(1, *options.threads))
                                 : usable_cores(),
                 {}) {
  if (skip_padding_) {
    const std::set<std::string> mask_only = made_only_from(model, kMaskInput);
    for (std::size_t i = 0; i < tensors_.size(); ++i) mask_only_[i] = mask_only.count(tensors_[i]);
    for (const std::string& name : tensors_carrying_the_mask(model, mask_only)) {
      if (std::find(tensors_.begin(), tensors_.end(), name) != tensors_.end()) {
        mask_carriers_.push_back(name);
      }
    }
  }
  graph::Model observed = model.clone();
  add_observers(observed, tensors_);
  runtime::SessionOptions session;
  session.optimization_level = options.optimization_level;
  session.intra_op_num_threads = options.threads;
  session.observer = [this](std::int64_t index, const runtime::TensorView& view,
                            const ParallelFor& parallel_for) {
    const auto tensor = static_cast<std::size_t>(index);
    with_context("tensor '" + tensors_[tensor] + "'", [&] { observe(tensor, view, parallel_for); });
  };
  session_ = runtime::runtimes().get("onnxruntime").open_graph(observed, session);
}

void Collector::run(const Batch& batch) {
  std::vector<runtime::NamedTensor> inputs;
  for (const runtime::InputInfo& wanted : session_->inputs()) {
    for (const runtime::NamedTensor& given : batch.inputs) {
      if (given.name == wanted.name) inputs.push_back(given);
    }
  }
  session_->run_visit(inputs, [](std::size_t, const runtime::TensorView&) {});
}

void Collector::collect(const Batch& batch, bool again) {
  if (skip_padding_) prepare_mask(batch);
  task_ = again ? Task::kAddAgain : Task::kAdd;
  run(batch);
}

void Collector::prepare_mask(const Batch& batch) {
  mask_ = {};
  const auto given = std::find_if(batch.inputs.begin(), batch.inputs.end(),
                                  [](const auto& input) { return input.name == kMaskInput; });
  if (given == batch.inputs.end()) return;
  const auto* values = std::get_if<std::vector<std::int64_t>>(&given->tensor.values);
  if (values == nullptr || given->tensor.shape.size() != 2) return;
  mask_ = TokenMask(*values, static_cast<std::size_t>(given->tensor.shape[0]),
                    static_cast<std::size_t>(given->tensor.shape[1]));
  if (!axes_sought_) find_axes(batch);
  if (!axes_ && !mask_.all_real() && !warned_) {
    warned_ = true;
    warnings_.push_back(
        "padding counts in the statistics: the model takes inputs of one size only, so that the "
        "axes of the tokens cannot be told");
  }
}

void Collector::find_axes(const Batch& example) {
  axes_sought_ = true;
  task_ = Task::kShapes;
  axes_ = find_token_axes(example, [&](const Batch& batch) {
    shapes_.assign(tensors_.size(), {});
    run(batch);
    return shapes_;
  });
}

void Collector::observe(std::size_t tensor, const runtime::TensorView& view,
                        const ParallelFor& parallel_for) {
  if (task_ == Task::kShapes) {
    shapes_[tensor].assign(view.shape.begin(), view.shape.end());
    return;
  }
  if (view.type != runtime::ElementType::kFloat32) {
    other_type_[tensor] = true;
    return;
  }
  workspace_.set_parallel_for(parallel_for);
  const bool masked = axes_ && !mask_only_[tensor] && mask_.sequence() > 0;
  const Selection selection = masked ? Selection(view.floats(), view.shape, (*axes_)[tensor], mask_)
                                     : Selection(view.floats());
  if (task_ == Task::kAddAgain) {
    statistics_[tensor].add_again(selection, workspace_);
  } else {
    statistics_[tensor].add(selection, workspace_);
  }
}

}  // namespace quantbench::calibrate
