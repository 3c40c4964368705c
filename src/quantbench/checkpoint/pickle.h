#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace quantbench::checkpoint {

/// The content of a pickle, as data: nothing is called or imported. Values refer to other values by
/// their index in `Pickle::values`, so shared, cyclic and deeply nested values need no recursion.
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
  std::string_view text{};  ///< view of the input, or of static lifetime
  std::vector<Reference> items{};
};

struct Pickle {
  std::vector<PickleValue> values;
  PickleValue::Reference root = 0;
  std::size_t size = 0;  ///< size of the pickle, bytes

  const PickleValue& at(PickleValue::Reference reference) const { return values[reference]; }
};

/// Reads the pickle at the start of `bytes`: protocols 2 to 5 of Python's pickle module, and the
/// opcodes for containers, numbers and text. Only the globals of a PyTorch state dict are allowed:
/// collections.OrderedDict, torch._utils._rebuild_tensor, _rebuild_tensor_v2, _rebuild_parameter
/// and torch.*Storage. Throws Error "refuses to load 'os.system'" for every other global. Also
/// throws Error for other opcodes, misuse of stack or memo, a truncated stream, or more than 4
/// million operations.
Pickle read_pickle(std::span<const std::byte> bytes);

}  // namespace quantbench::checkpoint
