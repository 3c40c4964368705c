#include "quantbench/checkpoint/pickle_globals.h"

#include <string>
#include <utility>

namespace quantbench::checkpoint {

namespace {

constexpr std::pair<std::string_view, DType> kStorages[] = {
    {"torch.DoubleStorage", DType::kF64}, {"torch.FloatStorage", DType::kF32},
    {"torch.HalfStorage", DType::kF16},   {"torch.BFloat16Storage", DType::kBF16},
    {"torch.LongStorage", DType::kI64},   {"torch.IntStorage", DType::kI32},
    {"torch.ShortStorage", DType::kI16},  {"torch.CharStorage", DType::kI8},
    {"torch.ByteStorage", DType::kU8},    {"torch.BoolStorage", DType::kBool},
};

}  // namespace

std::optional<DType> storage_dtype(std::string_view global) {
  for (const auto& [name, dtype] : kStorages) {
    if (name == global) return dtype;
  }
  return std::nullopt;
}

std::optional<std::string_view> allowed_global(std::string_view module, std::string_view name) {
  const std::string full = std::string(module) + "." + std::string(name);
  for (const std::string_view allowed :
       {kOrderedDict, kRebuildTensor, kRebuildTensorV2, kRebuildParameter}) {
    if (allowed == full) return allowed;
  }
  for (const auto& storage : kStorages) {
    if (storage.first == full) return storage.first;
  }
  return std::nullopt;
}

}  // namespace quantbench::checkpoint
