#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "cli/model_argument.h"
#include "cli/parameter_flags.h"
#include "quantbench/base/file_roles.h"
#include "quantbench/calibrate/parameters.h"
#include "quantbench/runtime/session.h"

namespace quantbench::cli {

/// The options of a command that calibrates: which samples, and the parameters of `calibration`.
class CalibrationOptions {
 public:
  CalibrationOptions() : flags_(calibrate::calibration_parameters()) {}

  void add_to(CLI::App& command);
  static constexpr const char* kGroup = "Calibration (static quantization)";

  /// Values from a preset, for parameters of `calibration` that are not given.
  void fill_in(const Json& values);
  /// The values that hold.
  const Json& filled() const { return filled_; }
  /// The samples as the options say, for the MODEL of the command with these inputs. Throws Error
  /// (nothing given, data set, tokenizer, task, ...).
  calibrate::Batches batches(const ModelArgument& model,
                             const std::vector<runtime::InputInfo>& inputs);
  /// As `batches`, one sample a batch, nothing padded.
  calibrate::Batches single_samples(const ModelArgument& model,
                                    const std::vector<runtime::InputInfo>& inputs);
  /// The parameters of `calibration` as the options say. Throws Error for an option that the method
  /// does not have, or a value outside its range.
  calibrate::Calibration calibration() const;
  /// How to collect for them.
  calibrate::Options collecting() const;
  /// The files that the options name, as inputs of the command.
  void add_inputs_to(FileRoles& roles) const;
  /// What there is to say about the samples, once `batches` was called.
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  void load(const ModelArgument& model, const std::vector<runtime::InputInfo>& inputs);

  ParameterFlags flags_;
  Json filled_ = Json::object();
  std::string test_data_;
  std::string dataset_;
  std::string name_;
  std::string dataset_revision_;
  std::string split_ = "train";
  std::vector<std::string> data_keys_;
  std::string ref_key_ = "label";
  std::string tokenizer_;
  std::string protocol_ = "default";
  std::vector<std::string> task_args_;

  std::vector<calibrate::Sample> samples_;
  calibrate::BatchOptions batching_;
  std::vector<std::string> notes_;
};

}  // namespace quantbench::cli
