#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "quantbench/checkpoint/checkpoint.h"
#include "quantbench/checkpoint/pickle.h"
#include "quantbench/checkpoint/tensor_file.h"

namespace quantbench::checkpoint {

/// A storage as its persistent id describes it: ("storage", torch.FloatStorage, key, device,
/// elements). In the legacy format, the id also has the part of the storage that a tensor views.
struct StorageId {
  std::string_view key;
  DType dtype = DType::kF32;
  std::int64_t elements = 0;
  std::int64_t view_offset = 0;
  std::int64_t view_elements = 0;
};

/// Every storage that the pickle uses. Throws Error for a malformed persistent id.
std::vector<StorageId> storage_ids(const Pickle& pickle);

/// The bytes of a whole storage, by its key.
using StorageLookup = std::function<std::span<const std::byte>(const StorageId&)>;

/// The tensors of a state dict: a dict from names to calls of torch._utils._rebuild_tensor_v2
/// (storage, offset, size, stride, ...), with or without _rebuild_parameter around them. Other
/// values are ignored. Row-major tensors are views of their storage, kept alive by `owner`; others
/// are copied. Throws Error naming the tensor if it exceeds its storage, or if the root is not a
/// state dict.
TensorMap rebuild_state_dict(const Pickle& pickle, const StorageLookup& storage,
                             const std::shared_ptr<const void>& owner);

}  // namespace quantbench::checkpoint
