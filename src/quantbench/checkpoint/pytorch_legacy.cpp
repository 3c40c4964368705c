#include <unordered_map>

#include "quantbench/base/error.h"
#include "quantbench/checkpoint/little_endian.h"
#include "quantbench/checkpoint/pytorch_formats.h"

namespace quantbench::checkpoint {

namespace {

using Kind = PickleValue::Kind;

/// 0x1950a86a20f9469cfc6c as a pickle of protocol 2: PROTO 2, LONG1 of ten bytes, STOP.
constexpr std::string_view kMagic = "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";
constexpr std::int64_t kProtocol = 1001;

Pickle next_pickle(ByteReader& reader, const char* what) {
  return with_context(what, [&] {
    ByteReader rest = reader;
    Pickle pickle = read_pickle(rest.take(rest.remaining()));
    reader.take(pickle.size);
    return pickle;
  });
}

void check_protocol(ByteReader& reader) {
  const Pickle pickle = next_pickle(reader, "protocol version");
  const PickleValue& version = pickle.at(pickle.root);
  if (version.kind != Kind::kInteger || version.integer != kProtocol)
    throw Error("protocol version must be " + std::to_string(kProtocol));
}

void check_system(ByteReader& reader) {
  const Pickle pickle = next_pickle(reader, "system facts");
  const auto& items = pickle.at(pickle.root).items;
  for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
    const PickleValue& value = pickle.at(items[i + 1]);
    if (pickle.at(items[i]).text == "little_endian" && value.integer == 0)
      throw Error("is big-endian", {}, "save the model again on a little-endian machine");
  }
}

using Storages = std::unordered_map<std::string_view, std::span<const std::byte>>;

Storages read_storages(ByteReader& reader, const Pickle& keys, const Pickle& object) {
  std::unordered_map<std::string_view, StorageId> ids;
  for (const StorageId& id : storage_ids(object)) {
    const StorageId& known = ids.emplace(id.key, id).first->second;
    if (known.dtype != id.dtype || known.elements != id.elements)
      throw Error("storage '" + std::string(id.key) + "' has two different descriptions");
  }
  Storages out;
  if (keys.at(keys.root).kind != Kind::kList) throw Error("list of storages is missing");
  for (const auto item : keys.at(keys.root).items) {
    const auto id = ids.find(keys.at(item).text);
    if (keys.at(item).kind != Kind::kText || id == ids.end())
      throw Error("the list of storages has an entry that no tensor uses");
    with_context("storage '" + std::string(id->first) + "'", [&] {
      const auto elements = reader.number<std::int64_t>();
      if (elements != id->second.elements) {
        throw Error("has " + std::to_string(elements) + " elements, but its tensors expect " +
                    std::to_string(id->second.elements));
      }
      std::uint64_t bytes = 0;
      if (__builtin_mul_overflow(elements, dtype_size(id->second.dtype), &bytes))
        throw Error("has an impossible number of elements");
      out[id->first] = reader.take(bytes);
    });
  }
  return out;
}

}  // namespace

bool is_pytorch_legacy(std::span<const std::byte> bytes) {
  return std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size())
      .starts_with(kMagic);
}

TensorMap read_pytorch_legacy(const std::shared_ptr<const MappedFile>& file) {
  ByteReader reader(file->bytes(), kMagic.size());
  check_protocol(reader);
  check_system(reader);
  const Pickle object = next_pickle(reader, "state dict");
  const Pickle keys = next_pickle(reader, "storage keys");
  const Storages storages = read_storages(reader, keys, object);
  const StorageLookup storage = [&](const StorageId& id) {
    const auto found = storages.find(id.key);
    if (found == storages.end())
      throw Error("uses storage '" + std::string(id.key) + "', which is missing in the file");
    return found->second;
  };
  return rebuild_state_dict(object, storage, file);
}

}  // namespace quantbench::checkpoint
