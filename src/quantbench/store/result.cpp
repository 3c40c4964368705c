#include "quantbench/store/result.h"

#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/base/record.h"
#include "quantbench/base/text.h"

namespace quantbench::store {

namespace {

constexpr std::array<std::pair<Row::Status, const char*>, 3> kStatusNames = {{
    {Row::Status::kOk, "ok"},
    {Row::Status::kFailed, "failed"},
    {Row::Status::kSkipped, "skipped"},
}};

Row::Status status_of(const std::string& name, const std::string& where) {
  for (const auto& [status, known] : kStatusNames) {
    if (name == known) return status;
  }
  throw Error("key 'status' is '" + name + "', expected ok, failed or skipped", where);
}

const Json& member(const Json& object, const char* key, Json::value_t type, const char* expected,
                   const std::string& where) {
  if (!object.is_object()) throw Error("expected a JSON object", where);
  const auto found = object.find(key);
  if (found == object.end()) throw Error("missing key '" + std::string(key) + "'", where);
  if (found->type() != type) {
    throw Error("key '" + std::string(key) + "' is not " + expected, where);
  }
  return *found;
}

const Json& object_member(const Json& object, const char* key, const std::string& where) {
  return member(object, key, Json::value_t::object, "an object", where);
}

const Json& list_member(const Json& object, const char* key, const std::string& where) {
  return member(object, key, Json::value_t::array, "a list", where);
}

std::vector<std::string> strings_of(const Json& object, const char* key, const std::string& where) {
  std::vector<std::string> out;
  for (const Json& item : list_member(object, key, where)) {
    if (!item.is_string()) {
      throw Error("key '" + std::string(key) + "' is not a list of strings", where);
    }
    out.push_back(item.get<std::string>());
  }
  return out;
}

/// JSON has no NaN; null stands for it.
std::map<std::string, double> figures_of(const Json& object, const char* key,
                                         const std::string& where) {
  std::map<std::string, double> out;
  for (const auto& [name, value] : object_member(object, key, where).items()) {
    if (value.is_null()) {
      out[name] = std::numeric_limits<double>::quiet_NaN();
    } else {
      out[name] = require<double>(object[key], name, where + ": " + key);
    }
  }
  return out;
}

Json timings_to_json(const std::vector<measure::Timing>& timings) {
  Json list = Json::array();
  for (const measure::Timing& timing : timings) list.push_back(timing.to_json());
  return list;
}

std::vector<measure::Timing> timings_of(const Json& object, const char* key,
                                        const std::string& where) {
  std::vector<measure::Timing> out;
  for (const Json& item : list_member(object, key, where)) {
    const std::string place = where + ": " + key + "[" + std::to_string(out.size()) + "]";
    out.push_back(with_context(place, [&] { return measure::Timing::from_json(item); }));
  }
  return out;
}

Json row_to_json(const Row& row) {
  Json json = {{"parameters", row.parameters},
               {"status", status_name(row.status)},
               {"message", row.message},
               {"quantized", row.quantized},
               {"quantization", row.quantization ? row.quantization->to_json() : Json()},
               {"evaluation", row.evaluation},
               {"timings", timings_to_json(row.timings)},
               {"original_evaluation", row.original_evaluation},
               {"original_timings", timings_to_json(row.original_timings)},
               {"peak_memory_bytes", row.peak_memory_bytes},
               {"model_bytes", row.model_bytes},
               {"model_hash", row.model_hash},
               {"outcomes", row.outcomes},
               {"warnings", row.warnings}};
  if (!row.streams.empty()) json["streams"] = record_to_json(row.streams);
  return json;
}

Row row_of(const Json& json, const std::string& where) {
  Row row;
  row.parameters = object_member(json, "parameters", where);
  row.status = status_of(require<std::string>(json, "status", where), where);
  row.message = require<std::string>(json, "message", where);
  row.quantized = require<bool>(json, "quantized", where);
  if (const auto found = json.find("quantization"); found != json.end() && !found->is_null()) {
    row.quantization = with_context(where, [&] { return quantize::Report::from_json(*found); });
  }
  row.evaluation = figures_of(json, "evaluation", where);
  row.timings = timings_of(json, "timings", where);
  // Only where the spec asks for them.
  if (json.contains("streams")) {
    row.streams =
        record_from_json<std::vector<measure::StreamFigures>>(json["streams"], where + ": streams");
  }
  row.original_evaluation = figures_of(json, "original_evaluation", where);
  row.original_timings = timings_of(json, "original_timings", where);
  row.peak_memory_bytes = require<std::int64_t>(json, "peak_memory_bytes", where);
  row.model_bytes = require<std::int64_t>(json, "model_bytes", where);
  // Version 1 has neither.
  if (json.contains("model_hash")) row.model_hash = require<std::string>(json, "model_hash", where);
  if (json.contains("outcomes")) {
    for (const auto& [figure, digits] : object_member(json, "outcomes", where).items())
      row.outcomes[figure] = require<std::string>(json["outcomes"], figure, where + ": outcomes");
  }
  row.warnings = strings_of(json, "warnings", where);
  return row;
}

/// Reports look up the rows that it names.
Tuning tuning_of(const Json& json, std::size_t rows, const std::string& where) {
  Tuning out = record_from_json<Tuning>(json, where);
  const auto check = [&](const std::string& key, std::int64_t row) {
    if (row >= 0 && static_cast<std::size_t>(row) < rows) return;
    throw Error("names row " + std::to_string(row) + " of " + std::to_string(rows),
                where + "." + key);
  };
  const bool has_row = out.outcome == Tuning::kShown || out.outcome == Tuning::kNotShown;
  const bool may_lack_row = out.outcome == Tuning::kOutside || out.outcome == Tuning::kNotBetter ||
                            out.outcome == Tuning::kNothing;
  if (!has_row && !may_lack_row) {
    throw Error(
        "is '" + out.outcome + "', expected shown, not_shown, outside, not_better or nothing",
        where + ".outcome");
  }
  if (has_row || out.row != -1) check("row", out.row);
  for (std::size_t i = 0; i < out.tied.size(); ++i)
    check("tied[" + std::to_string(i) + "]", out.tied[i]);
  return out;
}

RunResult result_of(const Json& json, const std::string& where) {
  const auto version = require<std::int64_t>(json, "schema_version", where);
  if (version < 1 || version > RunResult::kSchemaVersion) {
    throw Error("schema version " + std::to_string(version) +
                    ", this program reads versions 1 to " +
                    std::to_string(RunResult::kSchemaVersion),
                where);
  }
  RunResult result;
  result.run_id = require<std::string>(json, "run_id", where);
  result.started_at = require<std::string>(json, "started_at", where);
  result.quantbench_version = require<std::string>(json, "quantbench_version", where);
  result.spec = object_member(json, "spec", where);
  result.fixed = object_member(json, "fixed", where);
  result.benchmarked = object_member(json, "benchmarked", where);
  // Older results have none.
  if (json.contains("sources")) result.sources = object_member(json, "sources", where);
  result.model_type = require<std::string>(json, "model_type", where);
  result.figures = strings_of(json, "figures", where);
  const auto samples = require<std::int64_t>(json, "evaluation_samples", where);
  if (samples < 0) throw Error("key 'evaluation_samples' is negative", where);
  result.evaluation_samples = static_cast<std::size_t>(samples);
  if (json.contains("input_size"))
    result.input_size = require<std::string>(json, "input_size", where);
  result.machine = object_member(json, "machine", where);
  result.runtimes = list_member(json, "runtimes", where);
  for (const Json& row : list_member(json, "rows", where)) {
    result.rows.push_back(
        row_of(row, where + ": rows[" + std::to_string(result.rows.size()) + "]"));
  }
  // Only of a search.
  if (json.contains("tuning")) {
    result.tuning = tuning_of(json["tuning"], result.rows.size(), where + ": tuning");
  }
  return result;
}

}  // namespace

std::string status_name(Row::Status status) {
  for (const auto& [known, name] : kStatusNames) {
    if (status == known) return name;
  }
  return "ok";
}

std::string Row::quantization_note() const {
  if (!quantization) return {};
  std::vector<std::string> kinds;
  for (const auto& [kind, count] : quantization->quantized) {
    if (count > 0) kinds.push_back(std::to_string(count) + " " + kind);
  }
  const int left = quantization->left_count();
  return (kinds.empty() ? "nothing" : join(kinds, ", ")) + " quantized, " + std::to_string(left) +
         (left == 1 ? " operator left" : " operators left");
}

const Row* original_of(const RunResult& result, const Row& row) {
  if (!row.quantized) return nullptr;
  const auto value = [](const Row& of, const char* key) {
    const auto found = of.parameters.find(key);
    return found == of.parameters.end() ? Json() : *found;
  };
  const Row* best = nullptr;
  int best_score = -1;
  for (const Row& candidate : result.rows) {
    if (candidate.quantized || candidate.status != Row::Status::kOk) continue;
    const bool same_framework = value(candidate, "framework") == value(row, "framework");
    const bool same_args = value(candidate, "framework_args") == value(row, "framework_args");
    const int score = (same_framework ? 2 : 0) + (same_args ? 1 : 0);
    if (score > best_score) {
      best = &candidate;
      best_score = score;
    }
  }
  return best;
}

Json RunResult::to_json() const {
  Json list = Json::array();
  for (const Row& row : rows) list.push_back(row_to_json(row));
  Json out = {{"schema_version", kSchemaVersion},
              {"run_id", run_id},
              {"started_at", started_at},
              {"quantbench_version", quantbench_version},
              {"spec", spec},
              {"fixed", fixed},
              {"benchmarked", benchmarked},
              {"sources", sources},
              {"model_type", model_type},
              {"figures", figures},
              {"evaluation_samples", evaluation_samples},
              {"input_size", input_size},
              {"machine", machine},
              {"runtimes", runtimes},
              {"rows", std::move(list)}};
  if (tuning) out["tuning"] = record_to_json(*tuning);
  return out;
}

RunResult RunResult::from_json(const Json& json, const std::string& where) {
  try {
    return result_of(json, where);
  } catch (const nlohmann::json::exception&) {
    throw Error("not a quantbench result", where);
  }
}

}  // namespace quantbench::store
