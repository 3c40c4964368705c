#include "quantbench/calibrate/collector.h"

#include <algorithm>
#include <unordered_map>
#include <utility>
#include <variant>

#include "quantbench/base/error.h"
#include "quantbench/calibrate/observe.h"
#include "quantbench/calibrate/streams.h"
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

bool is_view(const onnx::NodeProto& node) {
  static const std::set<std::string> views = {"Flatten", "Identity",  "Reshape",
                                              "Squeeze", "Transpose", "Unsqueeze"};
  return views.count(node.op_type()) != 0 && node.input_size() > 0 && node.output_size() > 0;
}

/// Every one of `tensors` -> the first of them, in the graph's order, that holds the same values in
/// whatever order and shape.
std::unordered_map<std::string, std::string> same_values(const graph::Model& model,
                                                         const std::set<std::string>& tensors) {
  std::unordered_map<std::string, std::string> first;
  // A tensor -> the one that it is a view of.
  std::unordered_map<std::string, std::string> viewed;
  std::unordered_map<std::string, std::string> first_of;
  const auto see = [&](const std::string& name) {
    if (tensors.count(name) == 0) return;
    const auto found = viewed.find(name);
    const std::string& root = found == viewed.end() ? name : found->second;
    first[name] = first_of.emplace(root, name).first->second;
  };
  for (const auto& input : model.graph().input()) see(input.name());
  for (const onnx::NodeProto& node : model.graph().node()) {
    if (is_view(node)) {
      const auto found = viewed.find(node.input(0));
      viewed[node.output(0)] = found == viewed.end() ? node.input(0) : found->second;
    }
    for (const std::string& output : node.output()) see(output);
  }
  return first;
}

}  // namespace

/// What the observers of one forward need; forwards of several streams have one each.
struct Collector::Forward {
  enum class Task { kShapes, kAdd, kAddAgain };
  Task task = Task::kAdd;
  TokenMask mask = {};
  Workspace* workspace = nullptr;
  std::vector<std::vector<std::int64_t>>* shapes = nullptr;

  /// The one that runs on this thread: runtimes call observers on the thread that runs the forward.
  static thread_local Forward* current;
};

thread_local Collector::Forward* Collector::Forward::current = nullptr;

Collector::Collector(const graph::Model& model, std::span<const std::string> tensors,
                     const Needs& needs, const Options& options, std::size_t streams)
    : skip_padding_(options.skip_padding),
      threads_a_forward_(streams > 1 ? 1 : threads_of(options)) {
  choose(model, tensors);
  statistics_.assign(tensors_.size(), TensorStatistics(needs, options.collection));
  other_type_.assign(tensors_.size(), false);
  mask_only_.assign(tensors_.size(), false);
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
  session.intra_op_num_threads = streams > 1 ? std::optional(1) : options.threads;
  session.observer = [this](std::int64_t index, const runtime::TensorView& view,
                            const ParallelFor& parallel_for) {
    const auto tensor = static_cast<std::size_t>(index);
    with_context("tensor '" + tensors_[tensor] + "'", [&] { observe(tensor, view, parallel_for); });
  };
  session_ = runtime::observing_runtime().open_graph(observed, session);
}

void Collector::choose(const graph::Model& model, std::span<const std::string> tensors) {
  std::unordered_map<std::string, std::string> same;
  // Told apart from padding, the elements of a view are not found in the same way.
  if (!skip_padding_) same = same_values(model, {tensors.begin(), tensors.end()});
  std::unordered_map<std::string, std::size_t> places;
  for (const std::string& name : tensors) {
    const auto found = same.find(name);
    const std::string& seen = found == same.end() ? name : found->second;
    const auto [place, fresh] = places.emplace(seen, tensors_.size());
    if (fresh) tensors_.push_back(seen);
    observed_.push_back(place->second);
  }
}

void Collector::run(const Batch& batch, Forward& forward) {
  struct Current {
    explicit Current(Forward& now) : before(std::exchange(Forward::current, &now)) {}
    ~Current() { Forward::current = before; }
    Forward* before;
  } const current(forward);
  session_->run_visit(inputs_for(*session_, batch), [](std::size_t, const runtime::TensorView&) {});
}

void Collector::collect(const Batch& batch, bool again) {
  Forward forward;
  forward.task = again ? Forward::Task::kAddAgain : Forward::Task::kAdd;
  if (skip_padding_) tell_mask(batch, forward);
  std::unique_ptr<Workspace> workspace = take_workspace();
  forward.workspace = workspace.get();
  run(batch, forward);
  const std::scoped_lock guard(lock_);
  workspaces_.push_back(std::move(workspace));
}

std::unique_ptr<Workspace> Collector::take_workspace() {
  const std::scoped_lock guard(lock_);
  if (workspaces_.empty()) return std::make_unique<Workspace>(threads_a_forward_, ParallelFor{});
  std::unique_ptr<Workspace> workspace = std::move(workspaces_.back());
  workspaces_.pop_back();
  return workspace;
}

void Collector::tell_mask(const Batch& batch, Forward& forward) {
  const auto given = std::find_if(batch.inputs.begin(), batch.inputs.end(),
                                  [](const auto& input) { return input.name == kMaskInput; });
  if (given == batch.inputs.end()) return;
  const auto* values = std::get_if<std::vector<std::int64_t>>(&given->tensor.values);
  if (values == nullptr || given->tensor.shape.size() != 2) return;
  forward.mask = TokenMask(*values, static_cast<std::size_t>(given->tensor.shape[0]),
                           static_cast<std::size_t>(given->tensor.shape[1]));
  if (!std::exchange(axes_sought_, true)) find_axes(batch);
  if (!axes_ && !forward.mask.all_real() && !warned_) {
    warned_ = true;
    warnings_.push_back(
        "padding counts in the statistics: the model takes inputs of one size only, so its token "
        "axes cannot be found");
  }
}

void Collector::find_axes(const Batch& example) {
  axes_ = find_token_axes(example, [&](const Batch& batch) {
    std::vector<std::vector<std::int64_t>> shapes(tensors_.size());
    Forward forward;
    forward.task = Forward::Task::kShapes;
    forward.shapes = &shapes;
    run(batch, forward);
    return shapes;
  });
}

void Collector::observe(std::size_t tensor, const runtime::TensorView& view,
                        const ParallelFor& parallel_for) {
  Forward& forward = *Forward::current;
  if (forward.task == Forward::Task::kShapes) {
    (*forward.shapes)[tensor].assign(view.shape.begin(), view.shape.end());
    return;
  }
  if (view.type != runtime::ElementType::kFloat32) {
    const std::scoped_lock guard(lock_);
    other_type_[tensor] = true;
    return;
  }
  forward.workspace->set_parallel_for(parallel_for);
  const bool masked = axes_ && !mask_only_[tensor] && forward.mask.sequence() > 0;
  const Selection selection =
      masked ? Selection(view.floats(), view.shape, (*axes_)[tensor], forward.mask)
             : Selection(view.floats());
  if (forward.task == Forward::Task::kAddAgain) {
    statistics_[tensor].add_again(selection, *forward.workspace, &lock_);
  } else {
    statistics_[tensor].add(selection, *forward.workspace, &lock_);
  }
}

}  // namespace quantbench::calibrate
