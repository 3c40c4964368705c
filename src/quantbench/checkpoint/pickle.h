#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace quantbench::checkpoint {

/// What a pickle describes, as data: nothing in it was called or imported. Values refer to others
/// by their number in `Pickle::values`, so that shared, cyclic and deeply nested values cost no
/// recursion.
struct PickleValue {
  enum class Kind {
    kNone,
    kBool,        ///< integer 0 or 1
    kInteger,     ///< integer
    kBigInteger,  ///< text: two's complement bytes, little-endian
    kFloat,       ///< real
    kText,        ///< text: str or bytes
    kList,        ///< items
    kTuple,       ///< items
    kDict,        ///< items: key, value, key, value, ...
    kGlobal,      ///< text: the name, "torch._utils._rebuild_tensor_v2"
    kCall,        ///< items: the global and the tuple of its arguments
    kPersistent,  ///< items: the persistent id
  };
  using Reference = std::uint32_t;

  Kind kind = Kind::kNone;
  std::int64_t integer = 0;
  double real = 0;
  std::string_view text{};  ///< inside the bytes that were read, or of static lifetime
  std::vector<Reference> items{};
};

struct Pickle {
  std::vector<PickleValue> values;
  PickleValue::Reference root = 0;
  std::size_t size = 0;  ///< bytes up to the end of the pickle

  const PickleValue& at(PickleValue::Reference reference) const { return values[reference]; }
};

/// Reads the pickle that `bytes` begin with (protocols 2 to 5 of Python's pickle module, the
/// opcodes that containers, numbers and text need). Only the globals that a state dict of PyTorch
/// is built from are let through: collections.OrderedDict, torch._utils._rebuild_tensor,
/// _rebuild_tensor_v2, _rebuild_parameter and torch.*Storage. Throws Error: "refuses to load
/// 'os.system'" for every other global, opcodes that build other things, stack and memo misuse, a
/// truncated stream, more than 4 million operations.
Pickle read_pickle(std::span<const std::byte> bytes);

}  // namespace quantbench::checkpoint
