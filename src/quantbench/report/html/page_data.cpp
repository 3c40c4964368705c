#include "quantbench/report/html/page_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "quantbench/analysis/comparison.h"
#include "quantbench/analysis/pareto.h"
#include "quantbench/analysis/row_name.h"
#include "quantbench/base/text.h"
#include "quantbench/measure/statistics.h"
#include "quantbench/report/card/card.h"
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

/// Interval of the speedup of `timing` over `original`; null where there is none.
Json interval(const measure::Timing& timing, const measure::Timing* original) {
  if (original == nullptr) return {};
  const auto ratio = measure::latency_ratio(timing, *original);
  return ratio ? interval_json(*ratio) : Json();
}

Json timing_data(const analysis::ComparedTiming& compared, const measure::Timing* original) {
  const auto& [timing, speedup] = compared;
  return {{"mean", finite_or_null(timing.latency_mean)},
          {"std", finite_or_null(timing.latency_std)},
          {"p50", finite_or_null(timing.latency_50)},
          {"p90", finite_or_null(timing.latency_90)},
          {"p99", finite_or_null(timing.latency_99)},
          {"throughput", finite_or_null(timing.throughput)},
          {"forwards", timing.nb_forwards},
          {"speedup", speedup ? finite_or_null(*speedup) : Json()},
          {"interval", interval(timing, original)},
          {"sample", sample(timing.latencies)}};
}

std::string kind_of(const store::Row& row) {
  if (!row.quantized) return "original";
  const bool nothing = row.quantization && row.quantization->quantized_count() == 0;
  return nothing ? "nothing quantized" : "quantized";
}

Json row_data(const store::RunResult& result, const store::Row& row,
              const analysis::Comparison& comparison, const std::vector<std::string>& metrics,
              const std::vector<analysis::Shape>& places) {
  Json parameters = Json::array();
  for (const auto& [key, values] : result.benchmarked.items())
    parameters.push_back({key, analysis::plain_text(row.parameters.value(key, Json()))});
  Json figures = Json::object();
  for (const std::string& name : metrics) {
    const std::optional<double> value = analysis::figure(row.evaluation, name);
    const std::optional<double> change = analysis::figure(comparison.changes, name);
    figures[name] = {{"value", value ? finite_or_null(*value) : Json()},
                     {"change", change ? finite_or_null(*change) : Json()}};
  }
  Json timings = Json::array();
  for (const analysis::Shape& place : places) {
    const auto found = analysis::compared_timing(row, comparison, place);
    timings.push_back(found
                          ? timing_data(*found, analysis::timing_at(
                                                    analysis::original_timings(result, row), place))
                          : Json());
  }
  return {{"name", analysis::short_name(result, row)},
          {"parameters", parameters},
          {"kind", kind_of(row)},
          {"status", store::status_name(row.status)},
          {"message", row.message},
          {"note", row.quantization_note()},
          {"model_bytes", row.model_bytes},
          {"peak_memory_bytes", row.peak_memory_bytes},
          {"figures", figures},
          {"timings", timings}};
}

/// The original of the first row that carries one, as a row.
std::optional<store::Row> carried_original(const store::RunResult& result) {
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

/// Names are how charts tell rows apart.
void make_names_unique(Json& rows) {
  std::set<std::string> taken;
  for (Json& row : rows) {
    const std::string name = row["name"];
    std::string unique = name;
    for (int i = 2; !taken.insert(unique).second; ++i) unique = fmt::format("{} ({})", name, i);
    row["name"] = unique;
  }
}

Json fronts(const Json& rows, const std::vector<std::string>& metrics, std::size_t shape_count) {
  Json out = Json::array();
  for (const std::string& metric : metrics) {
    for (std::size_t shape = 0; shape < shape_count; ++shape) {
      std::vector<analysis::Candidate> candidates;
      for (std::size_t i = 0; i < rows.size(); ++i) {
        const Json& timing = rows[i]["timings"][shape];
        const Json& value = rows[i]["figures"][metric]["value"];
        if (timing.is_null() || timing["mean"].is_null() || value.is_null()) continue;
        const double sign = analysis::higher_is_better(metric) ? 1 : -1;
        candidates.push_back({i, timing["mean"].get<double>(), sign * value.get<double>()});
      }
      out.push_back(
          {{"metric", metric}, {"shape", shape}, {"rows", analysis::pareto_front(candidates)}});
    }
  }
  return out;
}

class Notices {
 public:
  void add(const std::string& kind, const std::string& subject, const std::string& text) {
    for (Json& known : list_) {
      if (known["kind"] == kind && known["text"] == text) {
        if (std::find(known["rows"].begin(), known["rows"].end(), subject) == known["rows"].end())
          known["rows"].push_back(subject);
        return;
      }
    }
    list_.push_back({{"kind", kind}, {"text", text}, {"rows", Json::array()}});
    if (!subject.empty()) list_.back()["rows"].push_back(subject);
  }
  Json take() { return std::move(list_); }

 private:
  Json list_ = Json::array();
};

Json notices(const store::RunResult& result, const Json& rows,
             const std::vector<const store::Row*>& sources) {
  Notices out;
  const Json governor =
      result.machine.is_object() ? result.machine.value("governor", Json()) : Json();
  if (governor.is_string() && governor != "performance") {
    out.add("warning", "",
            "The CPU's frequency governor is '" + governor.get<std::string>() +
                "': latencies vary more than under 'performance'.");
  }
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const store::Row& row = *sources[i];
    const std::string name = rows[i]["name"];
    if (row.status == store::Row::Status::kFailed) out.add("error", name, "Failed: " + row.message);
    if (row.status == store::Row::Status::kSkipped)
      out.add("warning", name, "Skipped: " + row.message);
    if (rows[i]["kind"] == "nothing quantized") {
      out.add("warning", name,
              "Nothing was quantized: no operator of the kinds asked for could be, so its figures "
              "are the original's.");
    }
    for (const std::string& text : row.warnings) out.add("note", name, text);
    if (!row.quantization) continue;
    for (const std::string& text : row.quantization->warnings) out.add("note", name, text);
  }
  return out.take();
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

Json facts(const store::RunResult& result) {
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
    if (runtime.contains("build"))
      out.push_back({name + " build", analysis::text_of(runtime["build"])});
  }
  add_facts(out, "", result.machine);
  return out;
}

}  // namespace

Json page_data(const store::RunResult& result) {
  const std::vector<std::string> metrics = table_figures(result, Generation::kSeptember);
  const std::vector<analysis::Shape> places = shapes(result);
  const std::vector<analysis::Comparison> comparisons = analysis::compare_with_originals(result);
  const std::optional<store::Row> original = carried_original(result);

  std::vector<const store::Row*> sources;
  Json rows = Json::array();
  const auto add = [&](const store::Row& row, const analysis::Comparison& comparison) {
    rows.push_back(row_data(result, row, comparison, metrics, places));
    sources.push_back(&row);
  };
  if (original) {
    analysis::Comparison none;
    none.speedups.resize(original->timings.size());
    add(*original, none);
  }
  for (const std::size_t i : analysis::originals_first(result)) add(result.rows[i], comparisons[i]);
  make_names_unique(rows);

  Json shape_list = Json::array();
  for (const analysis::Shape& place : places)
    shape_list.push_back({{"batch_size", place.batch_size}, {"input_length", place.input_length}});
  Json metric_list = Json::array();
  for (const std::string& name : metrics)
    metric_list.push_back({{"name", name}, {"higher_is_better", analysis::higher_is_better(name)}});
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
      {"shapes", shape_list},
      {"metrics", metric_list},
      {"fronts", fronts(rows, metrics, places.size())},
      {"notices", notices(result, rows, sources)},
      {"facts", facts(result)},
      {"spec", spec_of_result(result)},
      {"rows", rows}};
}

}  // namespace quantbench::report::html
