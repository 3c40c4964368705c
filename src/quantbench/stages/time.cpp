#include "quantbench/stages/time.h"

#include <unistd.h>

#include <chrono>
#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <utility>

#include "quantbench/measure/energy.h"
#include "quantbench/measure/kernel_file.h"
#include "quantbench/measure/machine_load.h"
#include "quantbench/stages/common/timed_model.h"
#include "quantbench/stages/registry.h"

namespace quantbench::stages {

namespace {

/// The cell that this one is compared with: an unquantized one of the same framework, preferably
/// with the same framework_args; else the first of another one. store::original_of chooses the
/// original of a row by the same rule.
/// nullptr if no cell is one.
const spec::Cell* original_of(const spec::Spec& spec, const spec::Cell& cell) {
  const auto is_original = [](const spec::Cell& one) {
    // Rows of a framework that this build does not have are left out.
    return runtime::runtimes().find(one.framework) != nullptr && !is_quantized(one);
  };
  if (is_original(cell)) return nullptr;
  const spec::Cell* found = nullptr;
  const spec::Cell* other = nullptr;
  for (const spec::Cell& one : spec.cells) {
    if (!is_original(one)) continue;
    if (other == nullptr) other = &one;
    if (one.framework != cell.framework) continue;
    if (one.framework_args == cell.framework_args) return &one;
    if (found == nullptr) found = &one;
  }
  return found == nullptr ? other : found;
}

/// Bytes that the process holds.
std::int64_t resident_memory() {
  std::istringstream pages(measure::read_kernel_file("/proc/self/statm"));
  std::int64_t whole = 0;
  std::int64_t resident = 0;
  pages >> whole >> resident;
  return resident * ::sysconf(_SC_PAGESIZE);
}

/// What a reader should know of the timed input; empty: nothing.
std::string remark_on(const TimedModel& model, const task::Task& task, const Json& config,
                      const Time::Params& params) {
  std::string remark = task.timing_remark(model.session().inputs(), params.input_length, config);
  const std::int64_t fixed_batch = model.fixed_batch();
  if (fixed_batch != 0 && params.batch_size != fixed_batch) {
    const std::int64_t forwards = (params.batch_size + fixed_batch - 1) / fixed_batch;
    remark += (remark.empty() ? "" : "; ") +
              ("the model takes batches of " + std::to_string(fixed_batch)) +
              " only: the batch size " + std::to_string(params.batch_size) + " was timed as " +
              std::to_string(forwards) + (forwards == 1 ? " forward" : " forwards");
  }
  return remark;
}

/// Does what it is told until no more comes.
void take_turns(const plan::Exchange& exchange, const std::function<void()>& forward) {
  Json said = "ready";
  measure::EnergyMeter energy;
  while (const std::optional<Json> told = exchange(said)) {
    const auto order = record_from_json<Time::Order>(*told, "order");
    if (order.warmup_runs) {
      said = record_to_json(measure::warm_up(forward, *order.warmup_runs,
                                             std::chrono::duration<double>(order.longest_warmup)));
    } else {
      said = record_to_json(measure::take_turn(forward, order.length, energy));
    }
  }
}

}  // namespace

plan::Request<Time> Time::plan(plan::Builder& builder, const spec::Cell& cell,
                               std::int64_t batch_size, std::int64_t input_length) {
  const spec::Spec& spec = builder.spec();
  plan::Request<Time> request = {
      .params = {.task = spec.task,
                 .framework = framework_params(cell),
                 .optimization_level = cell.framework_args.optimization_level,
                 .intra_op_num_threads = cell.framework_args.intra_op_num_threads,
                 .checkpoint = builder.inputs().model_hash,
                 .batch_size = batch_size,
                 .input_length = input_length,
                 .duration = spec.duration_s,
                 .warmup_runs = spec.warmup_runs,
                 .target = {},
                 .starts = 1,
                 .affinity = false,
                 .machine = builder.inputs().machine_key},
      .places = {.checkpoint = builder.inputs().model_directory},
      .needs = model_needs(builder, cell),
      .subject = shape_subject(cell, batch_size, input_length),
      .expected_seconds = spec.duration_s + 1,
  };
  if (spec.protocol == spec::Protocol::kReference) return request;
  request.params.target = spec.target;
  request.params.starts = spec.starts;
  request.params.affinity = spec.affinity;
  request.group = std::to_string(batch_size) + " x " + std::to_string(input_length);
  if (const spec::Cell* original = original_of(spec, cell)) {
    request.beside = builder.require<Time>(*original, batch_size, input_length).index;
  }
  return request;
}

Time::Result Time::run(const plan::Context<Time>& context) {
  const Params& params = context.params;
  const task::Task& task = task::tasks().get(params.task);
  const Json config = checkpoint::ModelDirectory::open(context.places.checkpoint).config();
  runtime::SessionOptions options;
  options.optimization_level = params.optimization_level;
  options.intra_op_num_threads = params.intra_op_num_threads;
  const auto begin = std::chrono::steady_clock::now();
  auto opened = open_model(params.framework, model_path(context), options, params.task);
  Result result;
  measure::ProcessFigures process;
  process.load_seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  TimedModel model(std::move(opened), task, config, params.batch_size, params.input_length);
  result.remark = remark_on(model, task, config, params);
  const auto first = std::chrono::steady_clock::now();
  model.forward();
  process.first_forward =
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - first).count();
  if (context.exchange) {
    take_turns(context.exchange, [&] { model.forward(); });
  } else {
    const measure::OtherLoad others;
    result.timing = measure::time_forwards([&] { model.forward(); },
                                           {params.duration, params.warmup_runs}, context.progress);
    result.other_load = others.share();
  }
  result.timing.batch_size = params.batch_size;
  result.timing.input_length = params.input_length;
  process.resident_memory_bytes = resident_memory();
  result.timing.process = process;
  return result;
}

void register_time(StageRegistry& registry) { add<Time>(registry); }

}  // namespace quantbench::stages
