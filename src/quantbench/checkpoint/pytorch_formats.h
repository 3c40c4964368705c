#pragma once

#include <memory>

#include "quantbench/base/file.h"
#include "quantbench/checkpoint/pytorch_tensors.h"

namespace quantbench::checkpoint {

/// What torch.save has written since PyTorch 1.6: a ZIP archive with the pickle ROOT/data.pkl, each
/// storage in ROOT/data/KEY and, lately, ROOT/byteorder. Throws Error.
TensorMap read_pytorch_zip(const std::shared_ptr<const MappedFile>& file);

/// Whether the bytes begin with the magic number of the legacy format, itself a pickle.
bool is_pytorch_legacy(std::span<const std::byte> bytes);

/// What torch.save wrote before (and writes with _use_new_zipfile_serialization=False): pickles of
/// the magic number, the protocol version 1001, facts of the system, the object and the list of
/// storage keys, then every storage in that order as its number of elements (int64) and its raw
/// bytes. Throws Error.
TensorMap read_pytorch_legacy(const std::shared_ptr<const MappedFile>& file);

}  // namespace quantbench::checkpoint
