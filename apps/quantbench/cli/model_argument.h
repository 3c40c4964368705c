#pragma once

#include <string>

#include "cli/command.h"
#include "quantbench/base/crash_line.h"
#include "quantbench/base/file_roles.h"
#include "quantbench/graph/model.h"
#include "quantbench/model/architecture.h"
#include "quantbench/task/task.h"

namespace quantbench::cli {

/// The MODEL argument of a command that works on one ONNX graph. Exports a checkpoint.
class ModelArgument {
 public:
  /// MODEL, --task, --opset, --revision.
  void add_to(CLI::App& command);

  /// The graph: from the ONNX file, or exported from the checkpoint. A Hub name is fetched. Throws
  /// Error.
  graph::Model load();

  /// MODEL as an input of the command, before it is loaded.
  void add_inputs_to(FileRoles& roles) const { roles.reads(path_, "MODEL"); }

  /// Before it is loaded: its file's name, "model.onnx" for anything but an ONNX file.
  std::string file_name() const;

  /// After loading: the file or directory.
  const std::string& path() const { return path_; }
  /// After loading, for work of ONNX Runtime on the model: a crash of it names the model.
  CrashLine crash_line() const;
  bool is_checkpoint() const;
  const std::string& task() const { return export_.task; }
  int opset() const { return export_.opset; }

 private:
  std::string path_;
  std::string revision_;
  model::ExportOptions export_{.task = task::tasks().default_name(), .opset = 11};
};

}  // namespace quantbench::cli
