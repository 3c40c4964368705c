#include <map>

#include "quantbench/base/error.h"
#include "quantbench/checkpoint/checkpoint.h"
#include "quantbench/checkpoint/pytorch.h"
#include "quantbench/hub/weight_index.h"

namespace quantbench::checkpoint {

namespace {

using Opener = std::unique_ptr<TensorSource> (*)(const std::filesystem::path&);

class Shards final : public TensorSource {
 public:
  Shards(const std::filesystem::path& path, Opener open) : open_(open), files_{path} {
    for (const auto& entry : hub::read_weight_index(path)) {
      with_context(path.string() + ": tensor '" + entry.first + "'",
                   [&] { add(entry.first, entry.second, path.parent_path()); });
    }
  }

  const Tensor* find(std::string_view name) const override {
    const auto found = tensors_.find(name);
    return found == tensors_.end() ? nullptr : found->second;
  }

  std::vector<std::string> names() const override {
    std::vector<std::string> out;
    for (const auto& entry : tensors_) out.push_back(entry.first);
    return out;
  }

  std::vector<std::filesystem::path> files() const override { return files_; }

 private:
  void add(const std::string& name, const std::string& file,
           const std::filesystem::path& directory) {
    auto shard = shards_.find(file);
    if (shard == shards_.end()) {
      shard = shards_.emplace(file, open_(directory / file)).first;
      files_.push_back(directory / file);
    }
    const Tensor* tensor = shard->second->find(name);
    if (tensor == nullptr) throw Error("is missing in '" + file + "', where the index says it is");
    tensors_.emplace(name, tensor);
  }

  Opener open_;
  std::vector<std::filesystem::path> files_;
  std::map<std::string, std::unique_ptr<TensorSource>> shards_;
  std::map<std::string, const Tensor*, std::less<>> tensors_;
};

}  // namespace

std::unique_ptr<TensorSource> open_safetensors_index(const std::filesystem::path& path) {
  return std::make_unique<Shards>(path, open_safetensors);
}

std::unique_ptr<TensorSource> open_pytorch_index(const std::filesystem::path& path) {
  return std::make_unique<Shards>(path, open_pytorch);
}

}  // namespace quantbench::checkpoint
