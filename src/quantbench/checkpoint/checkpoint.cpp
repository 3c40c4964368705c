#include "quantbench/checkpoint/checkpoint.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/base/hash.h"
#include "quantbench/base/text.h"
#include "quantbench/checkpoint/label_ids.h"
#include "quantbench/checkpoint/pytorch.h"

namespace quantbench::checkpoint {

namespace {

/// Limit against a wrong number in config.json that would use up the memory.
constexpr std::int64_t kMaximumLabels = 10'000'000;

// The search order of transformers.
constexpr std::pair<const char*, decltype(&open_safetensors)> kForms[] = {
    {"model.safetensors", open_safetensors},
    {"model.safetensors.index.json", open_safetensors_index},
    {"pytorch_model.bin", open_pytorch},
    {"pytorch_model.bin.index.json", open_pytorch_index},
};

std::unique_ptr<TensorSource> open_weights(const std::filesystem::path& directory) {
  std::vector<std::string> names;
  for (const auto& [name, open] : kForms) {
    std::error_code ignored;
    if (std::filesystem::exists(directory / name, ignored)) return open(directory / name);
    names.emplace_back(name);
  }
  throw Error("no weights", directory.string(), "expected one of " + join(names, ", "));
}

std::int64_t label_id(const std::string& key, const std::string& where) {
  std::int64_t id = 0;
  const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), id);
  if (error != std::errc() || end != key.data() + key.size()) {
    throw Error("id2label has the key '" + key + "', expected a label id", where);
  }
  return id;
}

}  // namespace

ModelDirectory ModelDirectory::open(const std::filesystem::path& directory) {
  std::error_code ignored;
  if (!std::filesystem::exists(directory, ignored)) {
    throw Error("no such checkpoint directory", directory.string());
  }
  if (!std::filesystem::is_directory(directory, ignored)) {
    throw Error("not a directory", directory.string(),
                "a checkpoint is a directory with config.json and model.safetensors");
  }
  if (!std::filesystem::exists(directory / "config.json", ignored)) {
    throw Error("no config.json", directory.string(),
                "a checkpoint is a directory with config.json and model.safetensors");
  }
  ModelDirectory model;
  model.directory_ = directory;
  model.config_ = read_json(directory / "config.json");
  if (!model.config_.is_object()) throw Error("expected a JSON object", model.config_path());
  return model;
}

bool has_weights(const std::filesystem::path& directory) {
  return std::ranges::any_of(kForms, [&](const auto& form) {
    std::error_code ignored;
    return std::filesystem::exists(directory / form.first, ignored);
  });
}

Checkpoint Checkpoint::open(const std::filesystem::path& directory) {
  Checkpoint checkpoint(ModelDirectory::open(directory));
  checkpoint.tensors_ = open_weights(directory);
  return checkpoint;
}

std::string ModelDirectory::model_type() const {
  return require<std::string>(config_, "model_type", config_path());
}

const Tensor& Checkpoint::get(std::string_view name, std::span<const std::int64_t> shape) const {
  const std::string weights = tensors_->files().front().string();
  const Tensor* tensor = find(name);
  if (tensor == nullptr) {
    const std::string near = nearest(name, names());
    std::vector<std::string> hints;
    if (!near.empty()) hints.push_back("the nearest name is '" + near + "'");
    if (const auto classes = config().find("architectures"); classes != config().end()) {
      hints.push_back("architectures in config.json is " + to_line(*classes) +
                      ": does it have the head of the task?");
    }
    throw Error("missing tensor '" + std::string(name) + "'", weights, join(hints, "; "));
  }
  if (!std::ranges::equal(tensor->shape, shape)) {
    throw Error("has shape " + shape_text(tensor->shape) + ", expected " + shape_text(shape) +
                    " by config.json",
                weights + ": tensor '" + std::string(name) + "'");
  }
  return *tensor;
}

std::vector<std::string> ModelDirectory::labels() const {
  const auto id2label = config_.find("id2label");
  if (id2label == config_.end() || id2label->is_null()) {
    if (auto names = labels_of_label2id(config_); !names.empty()) return names;
    const auto count = value_or<std::int64_t>(config_, "num_labels", 2, config_path());
    if (count < 1 || count > kMaximumLabels) {
      throw Error("num_labels is " + std::to_string(count) + ", expected at least 1",
                  config_path());
    }
    std::vector<std::string> names;
    for (std::int64_t i = 0; i < count; ++i) names.push_back("LABEL_" + std::to_string(i));
    return names;
  }
  if (!id2label->is_object() || id2label->empty()) {
    throw Error("id2label must be an object with at least one label", config_path());
  }
  std::vector<std::string> names(id2label->size());
  std::vector<bool> seen(names.size());
  for (const auto& [key, label] : id2label->items()) {
    const std::int64_t id = label_id(key, config_path());
    if (id < 0 || id >= static_cast<std::int64_t>(names.size()) || seen[id]) {
      throw Error("id2label must number its " + std::to_string(names.size()) +
                      " labels from 0 without gaps, but has '" + key + "'",
                  config_path());
    }
    seen[id] = true;
    names[id] = label.is_string() ? label.get<std::string>() : to_line(label);
  }
  return names;
}

std::string Checkpoint::content_hash() const {
  Sha256 hash;
  hash.update(sha256_file(directory() / "config.json"));
  for (const auto& file : tensors_->files()) hash.update(sha256_file(file));
  return hash.finish();
}

}  // namespace quantbench::checkpoint
