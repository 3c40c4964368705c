#include "quantbench/search/agreement.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/base/json.h"
#include "quantbench/base/parallel.h"
#include "quantbench/checkpoint/checkpoint.h"
#include "quantbench/graph/model.h"
#include "quantbench/model/architecture.h"
#include "quantbench/runtime/model_interface.h"
#include "quantbench/runtime/session.h"
#include "quantbench/spec/spec.h"

namespace quantbench::search {

namespace {

graph::Model graph_of(const Original& original) {
  if (original.model.is_onnx()) return graph::Model::load(original.model.onnx);
  model::ExportOptions options;
  options.task = original.task;
  return model::export_onnx(checkpoint::Checkpoint::open(original.model.directory), options);
}

/// The cell as JSON lines have it: an image by its path, whatever directory the reader is in.
Json as_written(const Json& cell, const std::string& column) {
  const bool has_bytes =
      cell.is_binary() || (cell.is_object() && cell.contains("bytes") && cell["bytes"].is_binary());
  if (has_bytes) {
    throw Error("column '" + column + "' holds images inside a data file", {},
                "give a directory of image files, with a metadata.csv that lists them");
  }
  if (!cell.is_object() || !cell.contains("path") || !cell["path"].is_string()) return cell;
  Json out = cell;
  out["path"] = std::filesystem::absolute(cell["path"].get<std::string>()).string();
  return out;
}

}  // namespace

dataset::Split with_stand_ins(const task::Task& task, const task::TaskContext& context,
                              const dataset::Split& split) {
  dataset::Split out = split;
  std::vector<dataset::Example> rows = split.read();
  std::vector<std::string> places;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    places.push_back(split.place(i));
    with_context(places.back(),
                 [&] { rows[i][kOriginalsColumn] = task.possible_label(context, rows[i]); });
  }
  if (std::ranges::find(out.columns, kOriginalsColumn) == out.columns.end()) {
    out.columns.emplace_back(kOriginalsColumn);
  }
  out.class_names.erase(kOriginalsColumn);
  out.rows = dataset::rows_in_memory(std::move(rows), std::move(places));
  return out;
}

std::size_t write_with_predictions(const Original& original, const task::Processor& processor,
                                   const dataset::Split& split,
                                   const std::vector<std::string>& columns,
                                   const std::filesystem::path& file) {
  const graph::Model graph = graph_of(original);
  runtime::SessionOptions settings;
  settings.optimization_level = spec::kAllOptimizations;
  settings.intra_op_num_threads = 1;
  settings.parallel_forwards = static_cast<int>(usable_cores());
  const auto& runtimes = runtime::runtimes();
  const auto session =
      runtime::with_any_batch(runtimes.get(runtimes.default_name()).open_graph(graph, settings));
  // Predictions, and no figures: the labels are stand-ins.
  const task::Evaluation evaluation =
      task::evaluate(*session, processor, split, original.labels, {});
  std::string text;
  std::size_t written = 0;
  for (std::size_t i = 0; i < split.size(); ++i) {
    if (evaluation.predictions[i].is_null()) continue;
    const dataset::Example row = split.row(i);
    Json line = Json::object();
    for (const std::string& column : columns) {
      if (row.contains(column)) {
        line[column] =
            with_context(split.place(i), [&] { return as_written(row[column], column); });
      }
    }
    Json prediction = evaluation.predictions[i];
    if (!evaluation.tags.empty()) {  // by name, so that they cannot be taken for other ids
      for (Json& tag : prediction) tag = evaluation.tags.at(tag.get<std::size_t>());
    }
    line[kOriginalsColumn] = processor.task().as_label(prediction);
    text += to_line(line) + "\n";
    ++written;
  }
  write_text(file, text);
  return written;
}

}  // namespace quantbench::search
