#include <map>

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/base/json.h"
#include "quantbench/checkpoint/checkpoint.h"
#include "quantbench/checkpoint/pytorch.h"

namespace quantbench::checkpoint {

namespace {

/// Sorted keys instead of the base's ordered Json, which looks a key up in linear time: an index
/// may name a hundred thousand tensors.
nlohmann::json parse_index(const std::string& text, const std::string& where) {
  auto index = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (index.is_discarded()) parse_json(text, where);  // throws with line and column
  return index;
}

using Opener = std::unique_ptr<TensorSource> (*)(const std::filesystem::path&);

class Shards final : public TensorSource {
 public:
  Shards(const std::filesystem::path& path, Opener open) : open_(open), files_{path} {
    const nlohmann::json index = parse_index(read_text(path), path.string());
    const auto weight_map = index.is_object() ? index.find("weight_map") : index.end();
    if (weight_map == index.end() || !weight_map->is_object()) {
      throw Error("no 'weight_map' object that says which file holds which tensor", path.string());
    }
    for (const auto& [name, file] : weight_map->items()) {
      with_context(path.string() + ": tensor '" + name + "'", [&] {
        if (!file.is_string()) throw Error("its file must be a string");
        add(name, file.get_ref<const std::string&>(), path.parent_path());
      });
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
    // An index comes with a downloaded model; it has no business outside the model's directory.
    if (file.empty() || file.find_first_of(std::string("/\\\0", 3)) != std::string::npos ||
        file == "." || file == "..") {
      throw Error("'" + file + "' is not the plain name of a file beside the index");
    }
    auto shard = shards_.find(file);
    if (shard == shards_.end()) {
      shard = shards_.emplace(file, open_(directory / file)).first;
      files_.push_back(directory / file);
    }
    const Tensor* tensor = shard->second->find(name);
    if (tensor == nullptr) throw Error("is not in '" + file + "', which the index names for it");
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
