#pragma once

#include <optional>
#include <string_view>

#include "quantbench/checkpoint/checkpoint.h"

namespace quantbench::checkpoint {

inline constexpr std::string_view kOrderedDict = "collections.OrderedDict";
inline constexpr std::string_view kRebuildTensor = "torch._utils._rebuild_tensor";
inline constexpr std::string_view kRebuildTensorV2 = "torch._utils._rebuild_tensor_v2";
inline constexpr std::string_view kRebuildParameter = "torch._utils._rebuild_parameter";

/// The element type of "torch.FloatStorage" and so on; nullopt for any other name.
std::optional<DType> storage_dtype(std::string_view global);

/// The name of an allowed global, of static lifetime; nullopt for any other name.
std::optional<std::string_view> allowed_global(std::string_view module, std::string_view name);

}  // namespace quantbench::checkpoint
