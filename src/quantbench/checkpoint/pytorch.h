#pragma once

#include <filesystem>
#include <memory>

#include "quantbench/checkpoint/checkpoint.h"

namespace quantbench::checkpoint {

/// Opens a file of torch.save, in the ZIP format or the legacy one. Its pickle is read by a machine
/// that makes tensors and containers only and refuses everything else by name; nothing is executed.
/// Row-major tensors stay in the mapped file, others are copied; names of one storage (tied
/// weights) share it. Throws Error "pytorch_model.bin: ... refuses to load 'os.system'", and for
/// every offset, length or count that the file does not bear out.
std::unique_ptr<TensorSource> open_pytorch(const std::filesystem::path& path);

/// Opens the shards that a pytorch_model.bin.index.json names (see open_safetensors_index).
std::unique_ptr<TensorSource> open_pytorch_index(const std::filesystem::path& path);

}  // namespace quantbench::checkpoint
