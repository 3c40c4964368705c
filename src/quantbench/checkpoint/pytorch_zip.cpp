#include "quantbench/base/error.h"
#include "quantbench/checkpoint/pytorch_formats.h"
#include "quantbench/checkpoint/zip.h"

namespace quantbench::checkpoint {

namespace {

/// "archive/" of "archive/data.pkl".
std::string root_of(const ZipArchive& archive) {
  constexpr std::string_view kPickle = "/data.pkl";
  for (const auto& entry : archive.entries()) {
    const std::size_t slash = entry.first.find('/');
    if (slash != std::string::npos && entry.first.substr(slash) == kPickle)
      return entry.first.substr(0, slash + 1);
  }
  throw Error("data.pkl is missing in the ZIP archive", {}, "save the model with torch.save");
}

void check_byte_order(const ZipArchive& archive, const std::string& root) {
  if (!archive.contains(root + "byteorder")) return;
  const auto bytes = archive.get(root + "byteorder");
  const std::string_view order(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (order != "little") {
    throw Error("has byte order '" + std::string(order) + "', expected 'little'", {},
                "save the model again on a little-endian machine");
  }
}

}  // namespace

TensorMap read_pytorch_zip(const std::shared_ptr<const MappedFile>& file) {
  const ZipArchive archive(file->bytes());
  const std::string root = root_of(archive);
  check_byte_order(archive, root);
  const Pickle pickle =
      with_context(root + "data.pkl", [&] { return read_pickle(archive.get(root + "data.pkl")); });
  const StorageLookup storage = [&](const StorageId& id) {
    const auto bytes = archive.get(root + "data/" + std::string(id.key));
    if (static_cast<std::uint64_t>(id.elements) > bytes.size() / dtype_size(id.dtype)) {
      throw Error("storage '" + std::string(id.key) + "' has " + std::to_string(bytes.size()) +
                  " bytes, too few for " + std::to_string(id.elements) + " elements of " +
                  std::string(dtype_name(id.dtype)));
    }
    return bytes;
  };
  return rebuild_state_dict(pickle, storage, file);
}

}  // namespace quantbench::checkpoint
