#include "quantbench/checkpoint/pytorch_tensors.h"

#include <optional>

#include "quantbench/base/error.h"
#include "quantbench/base/utf8.h"
#include "quantbench/checkpoint/pickle_globals.h"
#include "quantbench/checkpoint/strided.h"

namespace quantbench::checkpoint {

namespace {

using Kind = PickleValue::Kind;

const PickleValue& expect(const Pickle& pickle, const PickleValue& tuple, std::size_t index,
                          Kind kind, const char* what) {
  if (index >= tuple.items.size() || pickle.at(tuple.items[index]).kind != kind)
    throw Error(std::string("malformed pickle: expected ") + what);
  return pickle.at(tuple.items[index]);
}

std::vector<std::int64_t> integers(const Pickle& pickle, const PickleValue& tuple) {
  std::vector<std::int64_t> out;
  for (std::size_t i = 0; i < tuple.items.size(); ++i)
    out.push_back(expect(pickle, tuple, i, Kind::kInteger, "integer").integer);
  return out;
}

StorageId storage_id(const Pickle& pickle, const PickleValue& persistent) {
  const PickleValue& id = expect(pickle, persistent, 0, Kind::kTuple, "tuple as persistent id");
  if (expect(pickle, id, 0, Kind::kText, "kind of persistent id").text != "storage")
    throw Error("every persistent id must be a storage");
  const std::string_view type = expect(pickle, id, 1, Kind::kGlobal, "type of storage").text;
  const auto dtype = storage_dtype(type);
  if (!dtype) throw Error("unknown storage type '" + std::string(type) + "'");
  StorageId out;
  out.dtype = *dtype;
  out.key = expect(pickle, id, 2, Kind::kText, "key of storage").text;
  out.elements = expect(pickle, id, 4, Kind::kInteger, "size of storage").integer;
  out.view_elements = out.elements;
  if (id.items.size() > 5 && pickle.at(id.items[5]).kind != Kind::kNone) {
    const PickleValue& view = expect(pickle, id, 5, Kind::kTuple, "view of storage");
    out.view_offset = expect(pickle, view, 1, Kind::kInteger, "offset of view").integer;
    out.view_elements = expect(pickle, view, 2, Kind::kInteger, "size of view").integer;
  }
  if (out.elements < 0 || out.view_offset < 0 || out.view_elements < 0 ||
      out.view_offset > out.elements || out.view_elements > out.elements - out.view_offset) {
    throw Error("impossible storage size");
  }
  return out;
}

class StateDict {
 public:
  StateDict(const Pickle& pickle, const StorageLookup& storage, std::shared_ptr<const void> owner)
      : pickle_(pickle), storage_(storage), owner_(std::move(owner)) {}

  TensorMap tensors() {
    const PickleValue& root = pickle_.at(pickle_.root);
    TensorMap out;
    if (root.kind != Kind::kDict) throw Error("must be a state dict", {}, kHint);
    for (std::size_t i = 0; i + 1 < root.items.size(); i += 2) {
      const PickleValue& name = pickle_.at(root.items[i]);
      const PickleValue& value = pickle_.at(root.items[i + 1]);
      if (name.kind != Kind::kText || value.kind != Kind::kCall) continue;
      if (valid_utf8_prefix(name.text) != name.text.size())
        throw Error("a tensor's name must be UTF-8");
      const std::string text(name.text);
      out[text] = with_context("tensor '" + text + "'", [&] { return tensor(text, value); });
    }
    if (out.empty()) throw Error("no named tensors found", {}, kHint);
    return out;
  }

 private:
  Tensor tensor(const std::string& name, const PickleValue& value) {
    // A parameter holds its tensor. The loop ends, because a call comes after its arguments.
    const PickleValue* call = &value;
    while (pickle_.at(call->items[0]).text == kRebuildParameter)
      call = &expect(pickle_, pickle_.at(call->items[1]), 0, Kind::kCall, "tensor");
    const PickleValue& arguments = pickle_.at(call->items[1]);
    const StorageId id =
        storage_id(pickle_, expect(pickle_, arguments, 0, Kind::kPersistent, "storage"));
    Strides strides;
    strides.offset = expect(pickle_, arguments, 1, Kind::kInteger, "offset").integer;
    strides.size = integers(pickle_, expect(pickle_, arguments, 2, Kind::kTuple, "size"));
    strides.stride = integers(pickle_, expect(pickle_, arguments, 3, Kind::kTuple, "stride"));
    strides.check(id.view_elements);
    const auto view = static_cast<std::size_t>(id.view_offset) * dtype_size(id.dtype);
    return place(name, id.dtype, strides, storage_(id).subspan(view));
  }

  Tensor place(const std::string& name, DType dtype, const Strides& strides,
               std::span<const std::byte> storage) {
    Tensor tensor{
        .name = name, .dtype = dtype, .shape = strides.size, .bytes = {}, .owner = owner_};
    const std::size_t element = dtype_size(dtype);
    const auto size = static_cast<std::size_t>(strides.element_count()) * element;
    if (size == 0) return tensor;
    if (strides.is_row_major()) {
      tensor.bytes = storage.subspan(static_cast<std::size_t>(strides.offset) * element, size);
      return tensor;
    }
    copied_ += size;
    if (copied_ > kMaximumCopies) {
      throw Error("copies of tensors that are not row-major take more than " +
                      std::to_string(kMaximumCopies >> 30U) + " GiB",
                  {}, "save contiguous copies");
    }
    const auto copy =
        std::make_shared<const std::vector<std::byte>>(strides.gather(storage, element));
    tensor.bytes = *copy;
    tensor.owner = copy;
    return tensor;
  }

  /// Many tensors may view one storage, so the file's size does not limit the size of all copies.
  static constexpr std::size_t kMaximumCopies = std::size_t{16} << 30U;
  static constexpr const char* kHint = "save the model with torch.save(model.state_dict(), file)";

  const Pickle& pickle_;
  const StorageLookup& storage_;
  std::shared_ptr<const void> owner_;
  std::size_t copied_ = 0;
};

}  // namespace

std::vector<StorageId> storage_ids(const Pickle& pickle) {
  std::vector<StorageId> out;
  for (const PickleValue& value : pickle.values) {
    if (value.kind == Kind::kPersistent) out.push_back(storage_id(pickle, value));
  }
  return out;
}

TensorMap rebuild_state_dict(const Pickle& pickle, const StorageLookup& storage,
                             const std::shared_ptr<const void>& owner) {
  return StateDict(pickle, storage, owner).tensors();
}

}  // namespace quantbench::checkpoint
