#include "cli/model_argument.h"

#include <filesystem>

#include "cli/hub_access.h"
#include "quantbench/base/text.h"
#include "quantbench/checkpoint/checkpoint.h"
#include "quantbench/task/task.h"

namespace quantbench::cli {

void ModelArgument::add_to(CLI::App& command) {
  command
      .add_option("MODEL", path_,
                  "ONNX file, or Hugging Face model (" +
                      join(model::architectures().names(), ", ") +
                      "): a directory or a name of the Hub")
      ->required();
  command.add_option("--task", export_.task, "Task of the samples, and of a checkpoint")
      ->type_name("{" + join(task::tasks().names(), ",") + "}")
      ->capture_default_str();
  command.add_option("--opset", export_.opset, "Operator set, when a checkpoint is given")
      ->capture_default_str();
  command.add_option("--revision", revision_,
                     "Branch, tag or commit of a model of the Hub (default: main)");
}

graph::Model ModelArgument::load() {
  path_ = local_model(path_, revision_);
  if (!is_checkpoint()) return graph::Model::load(path_);
  return model::export_onnx(checkpoint::Checkpoint::open(path_), export_);
}

std::string ModelArgument::file_name() const {
  const std::filesystem::path file(path_);
  return file.extension() == ".onnx" ? file.filename().string() : "model.onnx";
}

CrashLine ModelArgument::crash_line() const {
  return {"ONNX Runtime, run on " + path_ + ",",
          "the model makes it crash: try another version of the model"};
}

bool ModelArgument::is_checkpoint() const { return std::filesystem::is_directory(path_); }

}  // namespace quantbench::cli
