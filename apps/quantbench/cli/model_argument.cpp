#include "cli/model_argument.h"

#include <utility>

#include "cli/hub_access.h"
#include "quantbench/base/text.h"
#include "quantbench/checkpoint/checkpoint.h"
#include "quantbench/model/architecture.h"
#include "quantbench/task/inference.h"
#include "quantbench/task/task.h"

namespace quantbench::cli {

CLI::Option* add_task_option(CLI::App& command, std::string& task, const std::string& help) {
  return command
      .add_option("--task", task,
                  help + " (default: the head that architectures in config.json names)")
      ->type_name("{" + join(task::tasks().names(), ",") + "}");
}

void ModelArgument::add_to(CLI::App& command) {
  command
      .add_option("MODEL", path_,
                  "ONNX file, or Hugging Face model (" +
                      join(model::architectures().names(), ", ") +
                      ", or any with an ONNX file): a directory or a name of the Hub")
      ->required();
  command.add_option("--file-name", file_name_,
                     "ONNX file of the directory or of the Hub's repository: onnx/model.onnx "
                     "(default: the weights, or the only ONNX file where there are none)");
  add_task_option(command, task_, "Task of the samples, and of a checkpoint");
  command.add_option("--opset", opset_, "Operator set, when a checkpoint is given")
      ->capture_default_str();
  command.add_option("--revision", revision_,
                     "Branch, tag or commit of a model of the Hub (default: main)");
}

ModelArgument ModelArgument::with_model(std::string model) const {
  ModelArgument other = *this;
  other.path_ = std::move(model);
  return other;
}

graph::Model ModelArgument::load() {
  hub::ModelChoice choice;
  if (!file_name_.empty()) choice.file_name = file_name_;
  path_ = local_model(path_, revision_, choice);
  if (path_.ends_with(".onnx") || std::filesystem::is_directory(path_) || !file_name_.empty()) {
    source_ = checkpoint::find_model(path_, choice);
  } else {
    source_ = {.directory = {}, .onnx = path_};  // an ONNX file of another name
  }
  if (source_.is_onnx()) return graph::Model::load(source_.onnx);
  const auto checkpoint = checkpoint::Checkpoint::open(source_.directory);
  return model::export_onnx(checkpoint, {.task = task::task_of(task_, checkpoint.config(),
                                                               checkpoint.config_path(), "--task"),
                                         .opset = opset_});
}

std::string ModelArgument::path() const {
  return source_.is_onnx() ? source_.onnx.string() : source_.directory.string();
}

std::filesystem::path ModelArgument::directory() const {
  if (source_.directory.empty()) return {};
  std::error_code ignored;
  const bool has_config =
      std::filesystem::is_regular_file(source_.directory / "config.json", ignored);
  return has_config ? source_.directory : std::filesystem::path();
}

std::string ModelArgument::file_name() const {
  const std::filesystem::path file(path_);
  return file.extension() == ".onnx" ? file.filename().string() : "model.onnx";
}

CrashLine ModelArgument::crash_line() const {
  return {"ONNX Runtime, run on " + path() + ",",
          "the model makes it crash: try another version of the model"};
}

}  // namespace quantbench::cli
