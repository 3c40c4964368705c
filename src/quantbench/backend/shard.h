#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "quantbench/base/record.h"
#include "quantbench/execute/plan_rows.h"

namespace quantbench::backend {

/// A part of a run that one job does on one machine. It names what it does in the words of the spec
/// (cells, input shapes), so that a node plans for itself, with the facts of its own machine.
struct Shard {
  /// An input shape, with the timings of all rows.
  struct Shape {
    std::int64_t batch_size = 1;
    std::int64_t input_length = 1;

    static constexpr auto fields() {
      return std::tuple(field("batch_size", &Shape::batch_size),
                        field("input_length", &Shape::input_length));
    }
  };

  /// "models", "evaluate-2", "time-1x128", "all", "search": letters, digits and '-'.
  std::string name;
  /// Makes the models of all cells (export, calibration, quantization) and checks the spec against
  /// the graph.
  bool models = false;
  /// Cells to evaluate, by their place in the spec.
  std::vector<std::size_t> cells;
  /// Shapes to time, every row of each.
  std::vector<Shape> shapes;
  /// Does the whole run: its strategy decides by what it finds what comes next, so that it cannot
  /// be cut.
  bool searches = false;
  /// It times: nothing else may run on the machine meanwhile.
  bool exclusive = false;
  /// Names of shards that end before this one starts.
  std::vector<std::string> after;
  /// The run's backend_args for this job: where they list several machines (Backend::variants), one
  /// of them.
  Json args = Json::object();

  static constexpr auto fields() {
    return std::tuple(field("name", &Shard::name), field("models", &Shard::models),
                      field("cells", &Shard::cells), field("shapes", &Shard::shapes),
                      field("searches", &Shard::searches), field("exclusive", &Shard::exclusive),
                      field("after", &Shard::after), field("args", &Shard::args));
  }
};

/// Cuts a run into shards of which at most `max_jobs` run at the same time. With one, a single
/// shard, "all", does everything. Else "models" is first. Then evaluations are dealt to `max_jobs`
/// lanes, cells that share an evaluation counted once, and after the evaluations of its lane comes
/// each timed shape. Every stage of the plan belongs to a shard; what a shard finds missing
/// (a model that was not made) it makes itself.
///
/// `variants`: the backend_args of each kind of machine to measure on, at least one. Everything is
/// measured on each of them, and the names of the shards of the second end in "-v2".
std::vector<Shard> make_shards(const spec::Spec& spec, const execute::Plan& plan,
                               std::size_t max_jobs, const std::vector<Json>& variants);

/// The shards of a run whose strategy searches: one for each of `variants`, "search", "search-v2".
std::vector<Shard> search_shards(const std::vector<Json>& variants);

/// The stages of a plan that a shard runs, and all that they need. By place in the plan, true: run.
std::vector<bool> stages_of(const Shard& shard, const spec::Spec& spec, const execute::Plan& plan);

/// Keys of the stages of a plan, by place, that are the same on every machine.
std::vector<std::string> neutral_keys(const spec::Spec& spec, plan::Inputs inputs);

}  // namespace quantbench::backend
