#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "quantbench/base/json.h"

namespace quantbench::checkpoint {

enum class DType { kF64, kF32, kF16, kBF16, kI64, kI32, kI16, kI8, kU8, kBool };

/// Name in the safetensors format: "F32", "BF16", "BOOL".
std::string_view dtype_name(DType dtype);
/// Bytes of one element.
std::size_t dtype_size(DType dtype);
/// "[2, 3]".
std::string shape_text(std::span<const std::int64_t> shape);

/// A tensor of a checkpoint: row-major bytes inside the mapped file.
struct Tensor {
  std::string name;
  DType dtype = DType::kF32;
  std::vector<std::int64_t> shape;
  std::span<const std::byte> bytes;
  std::shared_ptr<const void> owner;

  std::int64_t element_count() const;
  /// Values as float32: F16 and BF16 widened exactly, F64 rounded. Throws Error for integer types.
  std::vector<float> to_float() const;
};

/// Source of tensors: model.safetensors, pytorch_model.bin, or an index of shards. One file per
/// format.
class TensorSource {
 public:
  virtual ~TensorSource() = default;
  /// nullptr when absent.
  virtual const Tensor* find(std::string_view name) const = 0;
  virtual std::vector<std::string> names() const = 0;
  /// The files that hold the tensors, and the index of shards. They identify the model.
  virtual std::vector<std::filesystem::path> files() const = 0;
};

/// Opens one safetensors file: header length, JSON header, data
/// (https://github.com/huggingface/safetensors, format). Checks every offset, shape and dtype
/// against the file. Throws Error naming file and tensor. Gaps between tensors are allowed; a name
/// may appear only once.
std::unique_ptr<TensorSource> open_safetensors(const std::filesystem::path& path);

/// Opens the shards of a model.safetensors.index.json ("weight_map": tensor -> file beside the
/// index). Throws Error if a shard is missing, lies in another directory, or lacks one of its
/// tensors.
std::unique_ptr<TensorSource> open_safetensors_index(const std::filesystem::path& path);

/// A local Hugging Face model, whatever holds its weights: a directory with config.json.
class ModelDirectory {
 public:
  /// Throws Error if the directory or config.json is missing.
  static ModelDirectory open(const std::filesystem::path& directory);

  const std::filesystem::path& directory() const { return directory_; }
  const Json& config() const { return config_; }
  /// Path of config.json, for error messages.
  std::string config_path() const { return (directory_ / "config.json").string(); }
  /// config.json "model_type": "distilbert", "bert", ...
  std::string model_type() const;

  /// id2label of config.json as a vector. Without id2label: "LABEL_0", "LABEL_1", ... for
  /// num_labels labels, or for two labels if num_labels is missing too, as in transformers. Throws
  /// Error if the ids are not 0 to n - 1.
  std::vector<std::string> labels() const;

 private:
  std::filesystem::path directory_;
  Json config_;
};

/// A model directory with weights that can be exported.
class Checkpoint : public ModelDirectory {
 public:
  /// Throws Error if the directory, config.json or the weights are missing.
  static Checkpoint open(const std::filesystem::path& directory);

  /// nullptr when absent.
  const Tensor* find(std::string_view name) const { return tensors_->find(name); }
  /// Throws Error "missing tensor 'x'" with the nearest name, or if the shape differs from `shape`.
  const Tensor& get(std::string_view name, std::span<const std::int64_t> shape) const;
  std::vector<std::string> names() const { return tensors_->names(); }

  /// SHA-256 over config.json and the weight files. Stage keys use it as the model's identity.
  std::string content_hash() const;

 private:
  explicit Checkpoint(ModelDirectory directory) : ModelDirectory(std::move(directory)) {}

  std::unique_ptr<TensorSource> tensors_;
};

/// Whether a directory has a file of weights that Checkpoint opens.
bool has_weights(const std::filesystem::path& directory);

}  // namespace quantbench::checkpoint
