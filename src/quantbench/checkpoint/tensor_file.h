#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "quantbench/checkpoint/checkpoint.h"

namespace quantbench::checkpoint {

using TensorMap = std::map<std::string, Tensor, std::less<>>;

/// The tensors of one file of any format.
class TensorFile final : public TensorSource {
 public:
  TensorFile(std::filesystem::path path, TensorMap tensors)
      : path_(std::move(path)), tensors_(std::move(tensors)) {}

  const Tensor* find(std::string_view name) const override {
    const auto found = tensors_.find(name);
    return found == tensors_.end() ? nullptr : &found->second;
  }

  std::vector<std::string> names() const override {
    std::vector<std::string> out;
    for (const auto& entry : tensors_) out.push_back(entry.first);
    return out;
  }

  std::vector<std::filesystem::path> files() const override { return {path_}; }

 private:
  std::filesystem::path path_;
  TensorMap tensors_;
};

}  // namespace quantbench::checkpoint
