#include "quantbench/backend/shard.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace quantbench::backend {

namespace {

/// Of the names of a variant's shards.
std::string suffix_of(std::size_t variant) {
  return variant == 0 ? std::string() : fmt::format("-v{}", variant + 1);
}

/// Stages that a row asks for itself. The others are made for them.
std::vector<bool> measured_stages(const execute::Plan& plan) {
  std::vector<bool> out(plan.stages.size(), false);
  for (const execute::PlannedRow& row : plan.rows) {
    if (!row.skipped.empty()) continue;
    out[row.evaluate.value().index] = true;
    for (const auto& time : row.times) out[time.index] = true;
    for (const auto& streams : row.streams) out[streams.index] = true;
  }
  return out;
}

/// The first cell of each distinct evaluation.
std::vector<std::size_t> distinct_cells(const execute::Plan& plan) {
  std::vector<std::size_t> out;
  std::set<std::size_t> seen;
  for (std::size_t i = 0; i < plan.rows.size(); ++i) {
    if (!plan.rows[i].skipped.empty()) continue;
    if (seen.insert(plan.rows[i].evaluate.value().index).second) out.push_back(i);
  }
  return out;
}

std::vector<Shard::Shape> shapes_of(const spec::Spec& spec) {
  std::vector<Shard::Shape> out;
  for (const std::int64_t batch_size : spec.batch_sizes) {
    for (const std::int64_t input_length : spec.input_lengths) {
      out.push_back({batch_size, input_length});
    }
  }
  return out;
}

void add_lanes(std::vector<Shard>& shards, const spec::Spec& spec, const execute::Plan& plan,
               std::size_t max_jobs, const std::string& suffix) {
  const std::vector<std::size_t> cells = distinct_cells(plan);
  const std::vector<Shard::Shape> shapes = shapes_of(spec);
  const std::size_t lanes = std::min(max_jobs, std::max(cells.size(), shapes.size()));
  const bool has_models = !shards.empty();
  const std::string first = has_models ? shards.back().name : std::string();
  std::vector<std::string> last(lanes, first);
  for (std::size_t lane = 0; lane < lanes && lane < cells.size(); ++lane) {
    Shard shard;
    shard.name = fmt::format("evaluate-{}{}", lane + 1, suffix);
    for (std::size_t i = lane; i < cells.size(); i += lanes) shard.cells.push_back(cells[i]);
    if (!last[lane].empty()) shard.after.push_back(last[lane]);
    last[lane] = shard.name;
    shards.push_back(std::move(shard));
  }
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    Shard shard;
    shard.name = fmt::format("time-{}x{}{}", shapes[i].batch_size, shapes[i].input_length, suffix);
    shard.shapes = {shapes[i]};
    shard.exclusive = true;
    std::string& before = last[i % lanes];
    if (!before.empty()) shard.after.push_back(before);
    before = shard.name;
    shards.push_back(std::move(shard));
  }
}

std::vector<Shard> shards_of_variant(const spec::Spec& spec, const execute::Plan& plan,
                                     std::size_t max_jobs, const std::string& suffix) {
  if (max_jobs <= 1) {
    Shard all;
    all.name = "all" + suffix;
    all.models = true;
    all.cells = distinct_cells(plan);
    all.shapes = shapes_of(spec);
    all.exclusive = true;
    return {all};
  }
  std::vector<Shard> shards;
  const std::vector<bool> measured = measured_stages(plan);
  if (std::find(measured.begin(), measured.end(), false) != measured.end()) {
    Shard models;
    models.name = "models" + suffix;
    models.models = true;
    shards.push_back(std::move(models));
  }
  add_lanes(shards, spec, plan, max_jobs, suffix);
  return shards;
}

/// Marks a stage and all that it needs.
void mark(std::size_t stage, const execute::Plan& plan, std::vector<bool>& marked) {
  if (marked[stage]) return;
  marked[stage] = true;
  for (const std::size_t need : plan.stages[stage].needs) mark(need, plan, marked);
  if (plan.stages[stage].beside) mark(*plan.stages[stage].beside, plan, marked);
}

void mark_shape(const Shard::Shape& shape, const spec::Spec& spec, const execute::Plan& plan,
                std::vector<bool>& marked) {
  const std::vector<Shard::Shape> shapes = shapes_of(spec);
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    if (shapes[i].batch_size != shape.batch_size || shapes[i].input_length != shape.input_length) {
      continue;
    }
    for (const execute::PlannedRow& row : plan.rows) {
      if (!row.skipped.empty()) continue;
      mark(row.times.at(i).index, plan, marked);
      // Of each shape the numbers of streams, innermost.
      const std::size_t counts = row.streams.size() / shapes.size();
      for (std::size_t k = 0; k < counts; ++k) {
        mark(row.streams.at(i * counts + k).index, plan, marked);
      }
    }
  }
}

}  // namespace

std::vector<Shard> make_shards(const spec::Spec& spec, const execute::Plan& plan,
                               std::size_t max_jobs, const std::vector<Json>& variants) {
  std::vector<Shard> out;
  for (std::size_t i = 0; i < variants.size(); ++i) {
    for (Shard& shard : shards_of_variant(spec, plan, max_jobs, suffix_of(i))) {
      shard.args = variants[i];
      out.push_back(std::move(shard));
    }
  }
  return out;
}

std::vector<Shard> search_shards(const std::vector<Json>& variants) {
  std::vector<Shard> out;
  for (std::size_t i = 0; i < variants.size(); ++i) {
    Shard& shard = out.emplace_back();
    shard.name = "search" + suffix_of(i);
    shard.searches = true;
    shard.exclusive = true;
    shard.args = variants[i];
  }
  return out;
}

std::vector<bool> stages_of(const Shard& shard, const spec::Spec& spec, const execute::Plan& plan) {
  std::vector<bool> marked(plan.stages.size(), false);
  if (shard.models) {
    const std::vector<bool> measured = measured_stages(plan);
    for (std::size_t i = 0; i < measured.size(); ++i) {
      if (!measured[i]) mark(i, plan, marked);
    }
  }
  for (const std::size_t cell : shard.cells) {
    if (cell >= plan.rows.size() || !plan.rows[cell].skipped.empty()) continue;
    mark(plan.rows[cell].evaluate.value().index, plan, marked);
  }
  for (const Shard::Shape& shape : shard.shapes) mark_shape(shape, spec, plan, marked);
  return marked;
}

std::vector<std::string> neutral_keys(const spec::Spec& spec, plan::Inputs inputs) {
  inputs.machine_key.clear();
  std::vector<std::string> keys;
  for (const plan::PlannedStage& stage : execute::plan_rows(spec, inputs).stages) {
    keys.push_back(stage.key);
  }
  return keys;
}

}  // namespace quantbench::backend
