#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "quantbench/base/file_roles.h"
#include "quantbench/calibrate/calibrate.h"
#include "quantbench/graph/model.h"

namespace quantbench::cli {

/// The options of a command that calibrates: which samples, which method. Names are the spec's.
class CalibrationOptions {
 public:
  void add_to(CLI::App& command);
  static constexpr const char* kGroup = "Calibration (static quantization)";

  /// The samples as the options say. `model` is the MODEL argument of the command (its directory
  /// has the tokenizer when it is a checkpoint), `task` the task whose features are made. Throws
  /// Error (nothing given, data set, tokenizer, ...).
  calibrate::Batches batches(const std::string& model, const std::string& task);
  /// As `batches`, one sample a batch, nothing padded.
  calibrate::Batches single_samples(const std::string& model, const std::string& task);
  /// Method, padding and collection as the options say. Throws Error for an option that the method
  /// does not have, or a value outside its range.
  calibrate::Options calibration() const;
  /// The files that the options name, as inputs of the command.
  void add_inputs_to(FileRoles& roles) const;
  /// What there is to say about the samples, once `batches` was called.
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  void check_method() const;
  void load(const std::string& model, const std::string& task);

  std::string test_data_;
  std::string dataset_;
  std::string name_;
  std::string dataset_revision_;
  std::string split_ = "train";
  std::vector<std::string> data_keys_;
  std::string ref_key_ = "label";
  std::string tokenizer_;
  std::size_t samples_wanted_ = 128;
  std::string protocol_ = "default";
  std::string padding_ = "max_length";
  std::size_t max_length_ = 0;
  bool mask_padding_ = false;
  std::string collection_;
  std::string method_ = "minmax";
  std::optional<double> percentile_;
  bool moving_average_ = false;
  std::optional<double> averaging_constant_;
  std::optional<std::size_t> histogram_bins_;
  std::optional<std::size_t> quantized_bins_;
  std::optional<bool> symmetric_;
  std::vector<std::string> task_args_;

  std::vector<calibrate::Sample> samples_;
  calibrate::BatchOptions batching_;
  std::vector<std::string> notes_;
};

}  // namespace quantbench::cli
