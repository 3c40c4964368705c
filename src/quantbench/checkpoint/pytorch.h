#pragma once

#include <filesystem>
#include <memory>

#include "quantbench/checkpoint/checkpoint.h"

namespace quantbench::checkpoint {

/// Opens a file of torch.save, in the ZIP format or the legacy format. Nothing is executed: the
/// pickle reader makes only tensors and containers, and refuses other objects by name. Row-major
/// tensors stay in the mapped file; others are copied. Tied weights share one storage. Throws Error
/// "pytorch_model.bin: ... refuses to load 'os.system'", and for any offset, length or count that
/// does not fit the file.
std::unique_ptr<TensorSource> open_pytorch(const std::filesystem::path& path);

/// Opens the shards of a pytorch_model.bin.index.json (see open_safetensors_index).
std::unique_ptr<TensorSource> open_pytorch_index(const std::filesystem::path& path);

}  // namespace quantbench::checkpoint
