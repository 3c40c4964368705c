#include "quantbench/checkpoint/model_source.h"

#include <system_error>

#include "quantbench/base/error.h"
#include "quantbench/base/hash.h"
#include "quantbench/checkpoint/checkpoint.h"
#include "quantbench/graph/external_files.h"

namespace quantbench::checkpoint {

namespace fs = std::filesystem;

namespace {

/// ONNX files in the directory and in its sub-directories: relative, with slashes.
std::vector<std::string> onnx_files_below(const fs::path& directory) {
  std::vector<std::string> files;
  std::error_code failure;
  fs::recursive_directory_iterator entry(directory, fs::directory_options::skip_permission_denied,
                                         failure);
  for (const fs::recursive_directory_iterator end; !failure && entry != end;
       entry.increment(failure)) {
    if (entry.depth() > 0 || entry->path().filename().string().starts_with('.')) {
      entry.disable_recursion_pending();
    }
    std::error_code ignored;
    if (entry->path().extension() == ".onnx" && entry->is_regular_file(ignored)) {
      files.push_back(entry->path().lexically_relative(directory).generic_string());
    }
  }
  return files;
}

/// Of a deeper directory too.
bool is_file_below(const fs::path& directory, const fs::path& file) {
  std::error_code ignored;
  return file.is_relative() && file.extension() == ".onnx" &&
         *file.lexically_normal().begin() != ".." && fs::is_regular_file(directory / file, ignored);
}

bool has_config(const fs::path& directory) {
  std::error_code ignored;
  return fs::is_regular_file(directory / "config.json", ignored);
}

ModelSource source_of_file(const fs::path& file, const hub::ModelChoice& choice) {
  std::error_code ignored;
  if (!fs::exists(file, ignored)) throw Error("no such file", file.string());
  if (choice.file_name) {
    throw Error("is a file, and file_name is given", file.string(),
                "file_name picks an ONNX model in a directory");
  }
  if (choice.from_transformers.value_or(false)) {
    throw Error("is an ONNX file, and from_transformers is true", file.string(),
                "from_transformers: false");
  }
  const fs::path directory = file.has_parent_path() ? file.parent_path() : fs::path(".");
  if (has_config(directory)) return {directory, file};
  const fs::path above =
      directory.has_filename() && directory != "." ? directory / ".." : directory.parent_path();
  return {has_config(above) ? above.lexically_normal() : directory, file};
}

}  // namespace

ModelSource find_model(const fs::path& name, const hub::ModelChoice& choice) {
  std::error_code ignored;
  if (name.extension() == ".onnx" && !fs::is_directory(name, ignored)) {
    return source_of_file(name, choice);
  }
  std::vector<std::string> files = onnx_files_below(name);
  if (choice.file_name && is_file_below(name, *choice.file_name)) {
    files.push_back(*choice.file_name);
  }
  if (!choice.takes_onnx(has_weights(name), !files.empty())) return {name};
  return {name, name / hub::choose_onnx(files, choice, name.string())};
}

std::string onnx_hash(const fs::path& model) {
  Sha256 hash;
  hash.update(sha256_file(model));
  for (const std::string& file : graph::external_files(model)) {
    hash.update(sha256_file(model.parent_path() / file));
  }
  return hash.finish();
}

}  // namespace quantbench::checkpoint
