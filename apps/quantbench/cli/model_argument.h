#pragma once

#include <filesystem>
#include <string>

#include "cli/command.h"
#include "quantbench/base/crash_line.h"
#include "quantbench/base/file_roles.h"
#include "quantbench/checkpoint/model_source.h"
#include "quantbench/graph/model.h"

namespace quantbench::cli {

/// Adds --task. `task` stays empty where the model says it (task::task_of).
CLI::Option* add_task_option(CLI::App& command, std::string& task, const std::string& help);

/// The MODEL argument of a command that works on one ONNX graph. Exports a checkpoint.
class ModelArgument {
 public:
  /// MODEL, --file-name, --task, --opset, --revision.
  void add_to(CLI::App& command);

  /// Another model of the same command, with the same options.
  ModelArgument with_model(std::string model) const;

  /// The graph: from the ONNX file, or exported from the checkpoint. A Hub name is fetched. Throws
  /// Error.
  graph::Model load();

  /// MODEL as an input of the command, before it is loaded.
  void add_inputs_to(FileRoles& roles) const { roles.reads(path_, "MODEL"); }

  /// Before it is loaded: its file's name, "model.onnx" for anything but an ONNX file.
  std::string file_name() const;

  /// After loading: the ONNX file, or the checkpoint's directory.
  std::string path() const;
  /// After loading: where tokenizer and config.json of the model are; empty if there are none.
  std::filesystem::path directory() const;
  /// After loading, for work of ONNX Runtime on the model: a crash of it names the model.
  CrashLine crash_line() const;
  bool is_checkpoint() const { return !source_.is_onnx(); }
  /// As given; empty: the model says it.
  const std::string& task() const { return task_; }
  int opset() const { return opset_; }

 private:
  std::string path_;
  std::string file_name_;
  std::string revision_;
  std::string task_;
  int opset_ = 11;
  checkpoint::ModelSource source_;
};

}  // namespace quantbench::cli
