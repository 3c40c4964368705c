#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "quantbench/base/json.h"
#include "quantbench/dataset/dataset.h"
#include "quantbench/hub/options.h"
#include "quantbench/task/task.h"

namespace quantbench::search {

/// A model, a data set, and what a user says of them. The rest is found in their files.
struct Question {
  std::string model;                          ///< directory, ONNX file, or name of the Hub
  std::optional<std::string> revision = {};   ///< of a model of the Hub
  std::optional<std::string> file_name = {};  ///< the ONNX file among several
  std::string dataset;                        ///< directory, file, or name of the Hub
  /// The samples have no labels: the original's predictions on them are the labels, and the samples
  /// are written with them to this file (.jsonl). Empty: they have labels.
  std::filesystem::path labelled = {};
  std::optional<std::string> dataset_revision = {};
  std::optional<std::string> configuration = {};
  /// Below: empty where it is to be found.
  std::string task = {};
  Json task_args = Json::object();
  Json data_keys = Json::object();  ///< {"primary": "sentence"}
  /// The same columns in the order of the task's data keys.
  std::vector<std::string> columns = {};
  std::string label = {};  ///< column
  std::string split = {};  ///< to evaluate on
  std::string calibration_split = {};
  std::string metric = {};
  /// Of samples without labels: most that are taken.
  std::optional<std::int64_t> max_samples = {};
};

/// Something that was found: "task text-classification: config.json, architectures".
struct Finding {
  std::string what;
  std::string value;
  std::string source;

  std::string line() const { return what + " " + value + ": " + source; }
};

/// What a benchmark of the model on the data set needs to know.
struct Discovery {
  /// Where the samples are, as a spec names it: the question's data set, or the file with labels.
  std::string dataset;
  std::string task;
  /// As given, and what follows from the model and the samples.
  Json task_args = Json::object();
  Json data_keys = Json::object();
  std::string label;
  std::string split;
  /// nullopt: the data set has one split only.
  std::optional<std::string> calibration_split;
  std::string metric;  ///< a metric of the task, as a spec names it
  std::string figure;  ///< the figure of the metric that counts
  /// What people call a point of the figure (metric::Figure::point); 0: it has no points.
  double point = 0;
  std::int64_t samples = 0;  ///< of the split
  /// The input lengths of the samples: median and 95 % percentile, one if they are equal. Of a
  /// model that takes inputs of one size only: this size.
  std::vector<std::int64_t> input_lengths;
  /// In the order in which they were found.
  std::vector<Finding> findings;
};

/// Looks at the files of model and data set, and at the samples of the evaluation split. Fetches
/// what lies on the Hub: the model's files, and of the data set the card and the evaluation split.
///
/// - task: given, or the head that config.json names (task::task_of)
/// - splits: validation, else a part of it, else test, else the only one; to calibrate: train, else
///   another one than the evaluation's
/// - columns: those that the task's usual names fit (task::UsualColumns); else the only column that
///   can be one. Of several possible labels, the first whose class names are the model's labels
/// - metric: what follows from model and samples (task::Implied), else the task's first
/// - labels of samples that have none: the predictions of the original (agreement.h)
/// - input lengths: of at most kMostSamples samples of the split, drawn with a fixed seed
///
/// Throws Error where something cannot be found, or contradicts the model: the message names the
/// option of `quantbench tune` that says it, and the nearest column, split or metric.
Discovery discover(const Question& question, const std::function<hub::Options()>& hub_options);

/// Samples whose labels and lengths are looked at.
inline constexpr std::size_t kMostSamples = 2000;

/// Median and 95 % percentile (nearest rank) of the input lengths of the forward passes of the
/// samples; one if they are equal. Empty if no sample can be used. For tasks whose inputs have a
/// length (task::Task::input_size is empty).
std::vector<std::int64_t> input_lengths(const task::Processor& processor,
                                        const dataset::Split& split);

}  // namespace quantbench::search
