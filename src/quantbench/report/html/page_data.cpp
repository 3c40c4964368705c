#include "quantbench/report/html/page_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "quantbench/analysis/answer.h"
#include "quantbench/analysis/comparison.h"
#include "quantbench/analysis/cost.h"
#include "quantbench/analysis/figures.h"
#include "quantbench/analysis/pareto.h"
#include "quantbench/analysis/remarks.h"
#include "quantbench/analysis/row_name.h"
#include "quantbench/analysis/streams.h"
#include "quantbench/base/text.h"
#include "quantbench/measure/statistics.h"
#include "quantbench/report/card/card.h"
#include "quantbench/report/html/search_data.h"
#include "quantbench/report/labels.h"
#include "quantbench/report/machines.h"
#include "quantbench/report/result_spec.h"
#include "quantbench/report/run_comparison_text.h"

namespace quantbench::report::html {

namespace {

constexpr std::size_t kSampleSize = 201;

Json sample(const std::vector<double>& latencies) {
  if (latencies.empty()) return Json::array();
  std::vector<double> sorted = latencies;
  std::sort(sorted.begin(), sorted.end());
  const std::size_t size = std::min(sorted.size(), kSampleSize);
  Json out = Json::array();
  for (std::size_t i = 0; i < size; ++i) {
    const double q = size == 1 ? 0 : static_cast<double>(i) / static_cast<double>(size - 1);
    // Four digits are more than a chart shows, and keep the page small.
    out.push_back(measure::python_round(measure::sorted_quantile(sorted, q), 4));
  }
  return out;
}

Json process_data(const std::optional<measure::ProcessFigures>& process) {
  return process ? record_to_json(*process) : Json();
}

Json timing_data(const analysis::ComparedTiming& compared) {
  const auto& [timing, speedup] = compared;
  return {{"mean", finite_or_null(timing.latency_mean)},
          {"std", finite_or_null(timing.latency_std)},
          {"p50", finite_or_null(timing.latency_50)},
          {"p90", finite_or_null(timing.latency_90)},
          {"p99", finite_or_null(timing.latency_99)},
          {"throughput", finite_or_null(timing.throughput)},
          {"forwards", timing.nb_forwards},
          {"speedup", speedup ? finite_or_null(speedup->value) : Json()},
          {"interval", speedup ? interval_json(*speedup) : Json()},
          {"sample", sample(timing.latencies)},
          {"process", process_data(timing.process)}};
}

std::string kind_name(const store::Row& row) {
  switch (analysis::kind_of(row)) {
    case analysis::Kind::kOriginal:
      return "original";
    case analysis::Kind::kNothingQuantized:
      return "nothing quantized";
    case analysis::Kind::kQuantized:
      break;
  }
  return "quantized";
}

Json change_data(const std::optional<analysis::Change>& change) {
  if (!change) return {};
  Json interval;
  if (change->interval) interval = {change->interval->low, change->interval->high};
  return {{"interval", interval}, {"paired", change->paired}};
}

Json stream_data(const measure::StreamFigures& figures) {
  const auto& joules = figures.joules_per_sample;
  return {{"samples_per_second", finite_or_null(figures.samples_per_second)},
          {"p50", finite_or_null(figures.latency_50)},
          {"p90", finite_or_null(figures.latency_90)},
          {"p95", finite_or_null(figures.latency_95)},
          {"p99", finite_or_null(figures.latency_99)},
          {"peak_memory_bytes", figures.peak_memory_bytes},
          {"joules", joules ? finite_or_null(*joules) : Json()}};
}

/// Of each shape what a million inferences cost; null where the price is not known.
Json cost_data(const Document& result, const store::Row& row,
               const std::vector<analysis::Shape>& places) {
  const std::optional<double> price = analysis::price_per_hour(result);
  Json out = Json::array();
  for (const analysis::Shape& place : places) {
    const auto cost = price ? analysis::cost_of(row, place, *price) : std::nullopt;
    out.push_back(cost ? Json{{"million", cost->per_million}, {"streams", cost->streams}} : Json());
  }
  return out;
}

Json row_data(const Document& result, const store::Row& row, const analysis::Comparison& comparison,
              const std::vector<std::string>& metrics, const std::vector<analysis::Shape>& places,
              const std::vector<analysis::Load>& loads, const std::string& name) {
  Json parameters = Json::array();
  for (const auto& [key, values] : result.benchmarked.items())
    parameters.push_back({key, analysis::plain_text(row.parameters.value(key, Json()))});
  Json figures = Json::object();
  for (const std::string& metric : metrics) {
    const std::optional<double> value = analysis::figure(row.evaluation, metric);
    const std::optional<double> change = analysis::figure(comparison.changes, metric);
    figures[metric] = {{"value", value ? finite_or_null(*value) : Json()},
                       {"change", change ? finite_or_null(*change) : Json()},
                       {"noise", change_data(analysis::change_of(result, row, metric))}};
  }
  Json timings = Json::array();
  for (const analysis::Shape& place : places) {
    const auto found = analysis::compared_timing(row, comparison, place);
    timings.push_back(found ? timing_data(*found) : Json());
  }
  Json streams = Json::array();
  for (const analysis::Load& load : loads) {
    const auto* found = analysis::figures_under(row, load);
    streams.push_back(found == nullptr ? Json() : stream_data(*found));
  }
  return {{"name", name},
          {"parameters", parameters},
          {"kind", kind_name(row)},
          {"status", store::status_name(row.status)},
          {"message", row.message},
          {"note", row.quantization_note()},
          {"model_bytes", row.model_bytes},
          {"peak_memory_bytes", row.peak_memory_bytes},
          {"figures", figures},
          {"timings", timings},
          {"costs", cost_data(result, row, places)},
          {"streams", streams}};
}

/// Those at a shape that the page shows.
std::vector<analysis::Load> shown_loads(const Document& result,
                                        const std::vector<analysis::Shape>& shapes) {
  std::vector<analysis::Load> loads = analysis::loads(result);
  std::erase_if(loads, [&](const analysis::Load& load) {
    return std::ranges::find(shapes, load.shape) == shapes.end();
  });
  return loads;
}

Json load_data(const std::vector<analysis::Load>& loads,
               const std::vector<analysis::Shape>& shapes) {
  Json out = Json::array();
  for (const analysis::Load& load : loads) {
    out.push_back({{"streams", load.streams},
                   {"shape", std::ranges::find(shapes, load.shape) - shapes.begin()}});
  }
  return out;
}

/// The original of the first row that carries one, as a row.
std::optional<store::Row> carried_original(const Document& result) {
  for (const store::Row& row : result.rows) {
    if (row.original_timings.empty() && row.original_evaluation.empty()) continue;
    store::Row original;
    for (const auto& [key, values] : result.benchmarked.items()) original.parameters[key] = Json();
    original.evaluation = row.original_evaluation;
    original.timings = row.original_timings;
    return original;
  }
  return std::nullopt;
}

Json fronts(const Json& rows, const Json& metrics, std::size_t shape_count) {
  Json out = Json::array();
  for (const Json& metric : metrics) {
    if (metric["better"].is_null()) continue;
    const std::string name = metric["name"];
    for (std::size_t shape = 0; shape < shape_count; ++shape) {
      std::vector<analysis::Candidate> candidates;
      for (std::size_t i = 0; i < rows.size(); ++i) {
        const Json& timing = rows[i]["timings"][shape];
        const Json& value = rows[i]["figures"][name]["value"];
        if (timing.is_null() || timing["mean"].is_null() || value.is_null()) continue;
        const double sign = metric["better"] == "higher" ? 1 : -1;
        candidates.push_back({i, timing["mean"].get<double>(), sign * value.get<double>()});
      }
      out.push_back(
          {{"metric", name}, {"shape", shape}, {"rows", analysis::pareto_front(candidates)}});
    }
  }
  return out;
}

/// Where each row of the result stands on the page.
using Places = std::vector<std::size_t>;

Json places_of(const std::vector<std::size_t>& rows, const Places& places) {
  Json out = Json::array();
  for (const std::size_t row : rows) out.push_back(places[row]);
  return out;
}

Json choices_data(const analysis::Choices& choices, const Json& metric, std::size_t shape,
                  const Places& places) {
  Json steps = Json::array();
  for (const analysis::Choices::Step& step : choices.steps) {
    steps.push_back({{"loss", step.loss},
                     {"row", places[step.choice.row]},
                     {"as_fast", places_of(step.choice.as_fast, places)},
                     {"same_model", places_of(step.choice.same_model, places)}});
  }
  return {{"metric", metric},
          {"shape", shape},
          {"steps", steps},
          {"nearest", choices.nearest ? Json(places[*choices.nearest]) : Json()}};
}

/// The answers for every figure that can be judged, at every shape. A run without such a figure has
/// answers for speed alone.
Json answers(const Document& result, const Json& metrics,
             const std::vector<analysis::Shape>& shapes, const Places& places) {
  std::vector<std::string> figures;
  for (const Json& metric : metrics) {
    if (!metric["better"].is_null()) figures.push_back(metric["name"]);
  }
  const bool judged = !figures.empty();
  if (!judged) figures.emplace_back();
  Json out = Json::array();
  for (const analysis::Choices& one : analysis::all_choices(result, figures, shapes)) {
    const auto shape = std::find(shapes.begin(), shapes.end(), one.shape) - shapes.begin();
    out.push_back(choices_data(one, judged ? Json(one.figure) : Json(),
                               static_cast<std::size_t>(shape), places));
  }
  return out;
}

Json notices(const Document& result, const Json& rows, const Places& places) {
  using Kind = analysis::Remark::Kind;
  Json out = Json::array();
  for (const analysis::Remark& remark : analysis::remarks(result)) {
    Json names = Json::array();
    for (const std::size_t row : remark.rows) names.push_back(rows[places[row]]["name"]);
    std::string kind = "warning";
    std::string text = remark.text;
    switch (remark.kind) {
      case Kind::kGovernor:
        text = "The CPU's frequency governor is '" + text +
               "': latencies vary more than under 'performance'.";
        break;
      case Kind::kFailed:
        kind = "error";
        text = "Failed: " + text;
        break;
      case Kind::kSkipped:
        text = "Skipped: " + text;
        break;
      case Kind::kNothingQuantized:
        text =
            "Nothing was quantized: no operator of the requested kinds can be quantized. The "
            "figures are the original's.";
        break;
      case Kind::kWarning:
      case Kind::kAdvice:
        kind = "note";
        break;
    }
    out.push_back({{"kind", kind}, {"text", text}, {"rows", names}});
  }
  return out;
}

Json metric_data(const Document& result, const std::vector<std::string>& metrics) {
  const auto headline = analysis::headline_figure(result);
  Json out = Json::array();
  for (const std::string& name : metrics) {
    const auto meaning = analysis::meaning_of(result, name);
    Json better;
    if (meaning) better = meaning->better == metric::Better::kHigher ? "higher" : "lower";
    out.push_back({{"name", name},
                   {"better", better},
                   {"point", meaning ? meaning->point : 0},
                   {"headline", headline && *headline == name}});
  }
  return out;
}

void add_facts(Json& facts, const std::string& prefix, const Json& object) {
  if (!object.is_object()) return;
  for (const auto& [key, value] : object.items()) {
    if (value.is_null() || value.is_object()) continue;
    std::string text = analysis::text_of(value);
    if (value.is_array()) {
      std::vector<std::string> parts;
      for (const Json& item : value) parts.push_back(analysis::text_of(item));
      text = join(parts, ", ");
    }
    if (key == "memory_bytes" && value.is_number())
      text = fmt::format("{:.1f} GB", value.get<double>() / 1e9);
    facts.push_back({prefix + (key == "memory_bytes" ? "memory" : key), text});
  }
}

Json facts(const Document& result) {
  Json out = Json::array();
  const auto add = [&](const char* name, const std::string& text) {
    if (!text.empty()) out.push_back({name, text});
  };
  add("run", result.run_id);
  add("started at", result.started_at);
  add("quantbench", result.quantbench_version);
  if (result.evaluation_samples > 0)
    add("evaluation samples", std::to_string(result.evaluation_samples));
  for (const Json& runtime : result.runtimes) {
    if (!runtime.is_object()) continue;
    const std::string name = analysis::text_of(runtime.value("name", Json("runtime")));
    out.push_back({name, analysis::text_of(runtime.value("version", Json("")))});
    Json others = runtime;
    others.erase("name");
    others.erase("version");
    add_facts(out, name + " ", others);
  }
  add_facts(out, "", result.machine);
  return out;
}

/// What the page has of one machine.
Json machine_data(const Document& result, const std::string& machine_name) {
  const std::vector<std::string> metrics = table_figures(result, Generation::kSeptember);
  const std::vector<analysis::Shape> shape_list = shapes(result);
  const std::vector<analysis::Load> loads = shown_loads(result, shape_list);
  const std::vector<analysis::Comparison> comparisons = analysis::compare_with_originals(result);
  const std::vector<std::string> names = analysis::row_names(result);

  Json rows = Json::array();
  const auto add = [&](const store::Row& row, const analysis::Comparison& comparison,
                       const std::string& name) {
    rows.push_back(row_data(result, row, comparison, metrics, shape_list, loads, name));
  };
  if (const std::optional<store::Row> original = carried_original(result)) {
    analysis::Comparison none;
    none.speedups.resize(original->timings.size());
    add(*original, none, "original");
  }
  std::vector<std::size_t> order =
      analysis::fastest_first(result, shape_list.empty() ? analysis::Shape{} : shape_list.front());
  std::stable_partition(order.begin(), order.end(),
                        [&](std::size_t i) { return !result.rows[i].quantized; });
  Places places(result.rows.size());
  for (const std::size_t i : order) {
    places[i] = rows.size();
    add(result.rows[i], comparisons[i], names[i]);
  }

  Json shape_data = Json::array();
  for (const analysis::Shape& shape : shape_list) {
    shape_data.push_back({{"batch_size", shape.batch_size},
                          {"input_length", shape.input_length},
                          {"label", shape_label(result, shape)},
                          {"words", shape_words(result, shape)}});
  }
  Json shared = Json::array();
  for (const auto& [key, value] : analysis::shared_parameters(result))
    shared.push_back({key, value});
  const Json metric_list = metric_data(result, metrics);
  const Json dataset = result.spec.value("dataset", Json::object());
  return {
      {"task", analysis::text_of(result.spec.value("task", Json("")))},
      {"model", analysis::text_of(result.spec.value("name_or_path", Json("")))},
      {"dataset", dataset.is_object() ? analysis::text_of(dataset.value("path", Json(""))) : ""},
      {"started_at", result.started_at},
      {"version", result.quantbench_version},
      {"samples", result.evaluation_samples},
      {"machine",
       result.machine.is_object() ? analysis::text_of(result.machine.value("cpu", Json(""))) : ""},
      {"machine_name", machine_name},
      {"shapes", shape_data},
      {"shape_heading", shape_heading(result)},
      {"loads", load_data(loads, shape_list)},
      {"metrics", metric_list},
      {"shared", shared},
      {"accepted_points", analysis::kAcceptedPoints},
      {"fronts", fronts(rows, metric_list, shape_list.size())},
      {"answers", answers(result, metric_list, shape_list, places)},
      {"search", search_data(result, places)},
      {"notices", notices(result, rows, places)},
      {"facts", facts(result)},
      {"spec", spec_of_result(result)},
      {"rows", rows}};
}

}  // namespace

Json page_data(const Document& result) {
  const std::vector<std::string> names = machine_names(result);
  Json page = machine_data(result, names.front());
  page["others"] = Json::array();
  for (std::size_t i = 0; i < result.other_machines.size(); ++i) {
    page["others"].push_back(machine_data(result.other_machines[i], names[i + 1]));
  }
  return page;
}

}  // namespace quantbench::report::html
