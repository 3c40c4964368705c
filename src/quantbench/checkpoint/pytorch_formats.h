#pragma once

#include <memory>

#include "quantbench/base/file.h"
#include "quantbench/checkpoint/pytorch_tensors.h"

namespace quantbench::checkpoint {

/// The format since PyTorch 1.6: a ZIP archive with the pickle ROOT/data.pkl, each storage in
/// ROOT/data/KEY and, in newer files, ROOT/byteorder. Throws Error.
TensorMap read_pytorch_zip(const std::shared_ptr<const MappedFile>& file);

/// Whether the bytes begin with the magic number of the legacy format, which is a pickle.
bool is_pytorch_legacy(std::span<const std::byte> bytes);

/// The format before PyTorch 1.6, still written with _use_new_zipfile_serialization=False. It has
/// five pickles: magic number, protocol version 1001, system facts, object, list of storage keys.
/// Then each storage follows in the order of that list: number of elements (int64) and raw bytes.
/// Throws Error.
TensorMap read_pytorch_legacy(const std::shared_ptr<const MappedFile>& file);

}  // namespace quantbench::checkpoint
