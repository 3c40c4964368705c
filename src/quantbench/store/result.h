#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "quantbench/base/json.h"
#include "quantbench/measure/streams.h"
#include "quantbench/measure/timing.h"
#include "quantbench/quantize/report.h"
#include "quantbench/store/tuning.h"

namespace quantbench::store {

/// One row of the benchmark: a cell of the grid and all its measurements.
struct Row {
  enum class Status { kOk, kFailed, kSkipped };

  /// Value of every benchmarked key, in spec order; null prints as None.
  Json parameters = Json::object();
  Status status = Status::kOk;
  /// Why it failed or was skipped, one line.
  std::string message;
  bool quantized = false;  ///< quantization was asked for
  std::optional<quantize::Report> quantization;
  /// accuracy, ..., total_time_in_seconds, samples_per_second, latency_in_seconds.
  std::map<std::string, double> evaluation;
  std::vector<measure::Timing> timings;
  /// Under the load of concurrent streams, as far as the spec asks for them.
  std::vector<measure::StreamFigures> streams;
  /// Figures of the original, if the run (or the imported card) has them row by row. Empty: the
  /// run's unquantized row is the original.
  std::map<std::string, double> original_evaluation;
  std::vector<measure::Timing> original_timings;
  /// Resident memory high-water mark of the row's timing worker, bytes.
  std::int64_t peak_memory_bytes = 0;
  std::int64_t model_bytes = 0;
  /// Hash of the model's files: rows of one hash have the same model. Empty: not known.
  std::string model_hash;
  /// Figure -> what each sample adds to it (see metric::text_of). Correlations and errors have no
  /// entry.
  std::map<std::string, std::string> outcomes;
  std::vector<std::string> warnings;

  /// "12 MatMul, 1 Gather quantized, 74 operators left", "nothing quantized, 87 operators left", or
  /// "" for an unquantized row.
  std::string quantization_note() const;
};

/// A whole run: the content of results.json, and the source of every report.
struct RunResult {
  static constexpr int kSchemaVersion = 2;

  std::string run_id;
  std::string started_at;  ///< ISO 8601, UTC
  std::string quantbench_version;
  Json spec =
      Json::object();  ///< task, model_key, name_or_path, dataset, metrics, batch_sizes, ...
  Json fixed = Json::object();        ///< see spec::Spec::fixed
  Json benchmarked = Json::object();  ///< see spec::Spec::benchmarked
  /// Hub sources of model and data set, under "model" and "dataset": name, id (the current name),
  /// revision, commit. Empty for local directories and imported cards.
  Json sources = Json::object();
  std::string model_type;  ///< config.json model_type: the card's tag
  /// Names of the evaluation's figures in the card's order. Empty: the metrics' own order.
  std::vector<std::string> figures;
  std::size_t evaluation_samples = 0;
  /// "224 x 224" where the model takes images of one size, whatever input_length says; else empty.
  std::string input_size;
  Json machine = Json::object();
  Json runtimes = Json::array();
  std::vector<Row> rows;
  /// Of a run that searched; nullopt for a grid.
  std::optional<Tuning> tuning;

  Json to_json() const;
  /// Reads this schema version and those before it; keys of reports (answer, card) are not looked
  /// at. Throws Error naming the key that is missing or of the wrong type, the key of `tuning` that
  /// names a row which the result does not have, or the schema version that this program does not
  /// read.
  static RunResult from_json(const Json& json, const std::string& where);
};

/// The original of `row`: a successful unquantized row, preferably with the same framework and
/// framework_args, else with the same framework. nullptr for unquantized rows and in a run without
/// originals.
const Row* original_of(const RunResult& result, const Row& row);

/// "ok", "failed", "skipped".
std::string status_name(Row::Status status);

}  // namespace quantbench::store
