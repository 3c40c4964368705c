#include "quantbench/checkpoint/pickle.h"

#include <algorithm>
#include <bit>
#include <unordered_map>

#include "quantbench/base/error.h"
#include "quantbench/checkpoint/little_endian.h"
#include "quantbench/checkpoint/pickle_globals.h"

namespace quantbench::checkpoint {

namespace {

using Kind = PickleValue::Kind;
using Reference = PickleValue::Reference;

/// A checkpoint of ten thousand tensors takes half a million operations. Each operation makes at
/// most one value of about 64 bytes. The limit therefore bounds the memory for an untrusted file.
constexpr std::size_t kMaximumOperations = 4'000'000;

/// The stack machine of Python's pickle module, without the opcodes that construct objects.
/// Lib/pickletools.py describes each opcode.
class PickleMachine {
 public:
  explicit PickleMachine(std::span<const std::byte> bytes) : reader_(bytes) {}

  Pickle run() {
    for (std::size_t count = 0; count < kMaximumOperations; ++count) {
      const std::size_t at = reader_.position();
      const auto opcode = reader_.number<std::uint8_t>();
      if (opcode == '.') {
        pickle_.root = pop();
        pickle_.size = reader_.position();
        return std::move(pickle_);
      }
      with_context("pickle at byte " + std::to_string(at), [&] { step(opcode); });
    }
    throw Error("pickle has more than " + std::to_string(kMaximumOperations) + " operations");
  }

 private:
  void step(std::uint8_t opcode) {
    if (!step_scalar(opcode) && !step_container(opcode) && !step_memo(opcode)) step_object(opcode);
  }

  bool step_scalar(std::uint8_t opcode) {
    switch (opcode) {
      case 'N':  // NONE
        push({.kind = Kind::kNone});
        return true;
      case 0x88:  // NEWTRUE
      case 0x89:  // NEWFALSE
        push({.kind = Kind::kBool, .integer = opcode == 0x88});
        return true;
      case 'J':  // BININT
        push_integer(reader_.number<std::int32_t>());
        return true;
      case 'K':  // BININT1
        push_integer(reader_.number<std::uint8_t>());
        return true;
      case 'M':  // BININT2
        push_integer(reader_.number<std::uint16_t>());
        return true;
      case 0x8a:  // LONG1
        push_long(reader_.text(reader_.number<std::uint8_t>()));
        return true;
      case 0x8b:  // LONG4
        push_long(reader_.text(reader_.number<std::uint32_t>()));
        return true;
      case 'G':  // BINFLOAT, big-endian
        push({.kind = Kind::kFloat,
              .real = std::bit_cast<double>(__builtin_bswap64(reader_.number<std::uint64_t>()))});
        return true;
      case 'U':   // SHORT_BINSTRING
      case 'C':   // SHORT_BINBYTES
      case 0x8c:  // SHORT_BINUNICODE
        push_text(reader_.text(reader_.number<std::uint8_t>()));
        return true;
      case 'T':  // BINSTRING
      case 'B':  // BINBYTES
      case 'X':  // BINUNICODE
        push_text(reader_.text(reader_.number<std::uint32_t>()));
        return true;
      case 0x8d:  // BINUNICODE8
      case 0x8e:  // BINBYTES8
        push_text(reader_.text(reader_.number<std::uint64_t>()));
        return true;
      default:
        return false;
    }
  }

  bool step_container(std::uint8_t opcode) {
    switch (opcode) {
      case ']':  // EMPTY_LIST
        push({.kind = Kind::kList});
        return true;
      case '}':  // EMPTY_DICT
        push({.kind = Kind::kDict});
        return true;
      case ')':  // EMPTY_TUPLE
        push({.kind = Kind::kTuple});
        return true;
      case 0x85:  // TUPLE1
      case 0x86:  // TUPLE2
      case 0x87:  // TUPLE3
        push({.kind = Kind::kTuple, .items = pop_last(opcode - 0x84U)});
        return true;
      case 't':  // TUPLE
        push({.kind = Kind::kTuple, .items = pop_to_mark()});
        return true;
      case 'l':  // LIST
        push({.kind = Kind::kList, .items = pop_to_mark()});
        return true;
      case 'd':  // DICT
        push({.kind = Kind::kDict, .items = whole_pairs(pop_to_mark())});
        return true;
      case 'a':  // APPEND
        extend(Kind::kList, pop_last(1));
        return true;
      case 'e':  // APPENDS
        extend(Kind::kList, pop_to_mark());
        return true;
      case 's':  // SETITEM
        extend(Kind::kDict, pop_last(2));
        return true;
      case 'u':  // SETITEMS
        extend(Kind::kDict, whole_pairs(pop_to_mark()));
        return true;
      default:
        return false;
    }
  }

  bool step_memo(std::uint8_t opcode) {
    switch (opcode) {
      case '(':  // MARK
        marks_.push_back(stack_.size());
        return true;
      case '0':  // POP
        pop();
        return true;
      case '1':  // POP_MARK
        pop_to_mark();
        return true;
      case 'q':  // BINPUT
        memo_[reader_.number<std::uint8_t>()] = top();
        return true;
      case 'r':  // LONG_BINPUT
        memo_[reader_.number<std::uint32_t>()] = top();
        return true;
      case 0x94:  // MEMOIZE
        memo_[static_cast<std::uint32_t>(memo_.size())] = top();
        return true;
      case 'h':  // BINGET
        recall(reader_.number<std::uint8_t>());
        return true;
      case 'j':  // LONG_BINGET
        recall(reader_.number<std::uint32_t>());
        return true;
      case 0x80:  // PROTO
        check_protocol(reader_.number<std::uint8_t>());
        return true;
      case 0x95:  // FRAME
        reader_.take(sizeof(std::uint64_t));
        return true;
      default:
        return false;
    }
  }

  void step_object(std::uint8_t opcode) {
    switch (opcode) {
      case 'c': {  // GLOBAL
        const std::string_view module = reader_.line();
        push_global(module, reader_.line());
        return;
      }
      case 0x93: {  // STACK_GLOBAL
        const std::string_view name = text_of(pop());
        push_global(text_of(pop()), name);
        return;
      }
      case 'i': {  // INST
        const std::string_view module = reader_.line();
        refuse(module, reader_.line());
      }
      case 'R': {  // REDUCE
        const Reference arguments = pop();
        call(pop(), arguments);
        return;
      }
      case 'b': {  // BUILD
        // OrderedDict stores its attribute "_metadata" this way. Loading does not need it.
        pop();
        if (pickle_.at(top()).kind != Kind::kDict)
          throw Error("BUILD refused: its target must be a dict");
        return;
      }
      case 'Q':  // BINPERSID
        push({.kind = Kind::kPersistent, .items = pop_last(1)});
        return;
      default: {
        constexpr std::string_view kDigits = "0123456789abcdef";
        throw Error(std::string("refuses opcode 0x") + kDigits[opcode >> 4U] +
                        kDigits[opcode & 15U] + "; only tensors and containers are loaded",
                    {}, kHint);
      }
    }
  }

  void call(Reference function, Reference arguments) {
    if (pickle_.at(function).kind != Kind::kGlobal) throw Error("REDUCE must call a function");
    if (pickle_.at(arguments).kind != Kind::kTuple) throw Error("REDUCE arguments must be a tuple");
    if (pickle_.at(function).text == kOrderedDict) {
      push({.kind = Kind::kDict, .items = pairs_of(pickle_.at(arguments))});
    } else if (storage_dtype(pickle_.at(function).text)) {
      throw Error("refuses to call '" + std::string(pickle_.at(function).text) + "'", {}, kHint);
    } else {
      push({.kind = Kind::kCall, .items = {function, arguments}});
    }
  }

  /// OrderedDict() or, in files of Python 2, OrderedDict([[key, value], ...]).
  std::vector<Reference> pairs_of(const PickleValue& arguments) {
    std::vector<Reference> items;
    if (arguments.items.empty()) return items;
    if (arguments.items.size() > 1 || pickle_.at(arguments.items[0]).kind != Kind::kList)
      throw Error("OrderedDict expects a list of pairs");
    for (const Reference pair : pickle_.at(arguments.items[0]).items) {
      if (pickle_.at(pair).items.size() != 2) throw Error("OrderedDict expects a list of pairs");
      // Many dicts may copy the same list, so the number of copies needs a limit too.
      if (++copied_pairs_ > kMaximumOperations) throw Error("too many pairs");
      items.insert(items.end(), pickle_.at(pair).items.begin(), pickle_.at(pair).items.end());
    }
    return items;
  }

  void push(PickleValue value) {
    stack_.push_back(static_cast<Reference>(pickle_.values.size()));
    pickle_.values.push_back(std::move(value));
  }
  void push_integer(std::int64_t value) { push({.kind = Kind::kInteger, .integer = value}); }
  void push_text(std::string_view text) { push({.kind = Kind::kText, .text = text}); }

  void push_long(std::string_view bytes) {
    if (bytes.size() > sizeof(std::int64_t)) {
      push({.kind = Kind::kBigInteger, .text = bytes});
      return;
    }
    const bool negative = !bytes.empty() && (static_cast<unsigned char>(bytes.back()) & 0x80U) != 0;
    std::int64_t value = negative ? -1 : 0;
    std::memcpy(&value, bytes.data(), bytes.size());
    push_integer(value);
  }

  void push_global(std::string_view module, std::string_view name) {
    const auto allowed = allowed_global(module, name);
    if (!allowed) refuse(module, name);
    push({.kind = Kind::kGlobal, .text = *allowed});
  }

  [[noreturn]] static void refuse(std::string_view module, std::string_view name) {
    throw Error("refuses to load '" + std::string(module) + "." + std::string(name) + "'", {},
                kHint);
  }

  /// First stack item above the innermost mark.
  std::size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }

  Reference top() const {
    if (stack_.size() <= floor()) throw Error("the pickle stack is empty");
    return stack_.back();
  }

  Reference pop() {
    const Reference value = top();
    stack_.pop_back();
    return value;
  }

  std::vector<Reference> pop_last(std::size_t count) {
    if (stack_.size() < floor() + count) throw Error("the pickle stack is empty");
    const auto first = stack_.end() - static_cast<std::ptrdiff_t>(count);
    std::vector<Reference> items(first, stack_.end());
    stack_.erase(first, stack_.end());
    return items;
  }

  std::vector<Reference> pop_to_mark() {
    if (marks_.empty()) throw Error("the pickle stack has no mark");
    auto items = pop_last(stack_.size() - marks_.back());
    marks_.pop_back();
    return items;
  }

  static std::vector<Reference> whole_pairs(std::vector<Reference> items) {
    if (items.size() % 2 != 0) throw Error("dict has a key without a value");
    return items;
  }

  void extend(Kind kind, const std::vector<Reference>& items) {
    PickleValue& target = pickle_.values[top()];
    if (target.kind != kind) {
      throw Error(kind == Kind::kDict ? "SETITEM needs a dict" : "APPEND needs a list");
    }
    target.items.insert(target.items.end(), items.begin(), items.end());
  }

  void recall(std::uint32_t index) {
    const auto found = memo_.find(index);
    if (found == memo_.end()) throw Error("unknown memo entry " + std::to_string(index));
    stack_.push_back(found->second);
  }

  std::string_view text_of(Reference reference) const {
    if (pickle_.at(reference).kind != Kind::kText) throw Error("the name of a global must be text");
    return pickle_.at(reference).text;
  }

  static void check_protocol(std::uint8_t protocol) {
    if (protocol < 2 || protocol > 5)
      throw Error("unsupported pickle protocol " + std::to_string(protocol), {},
                  "supported: 2 to 5");
  }

  static constexpr const char* kHint =
      "only tensors and containers are loaded; save the model again with safe_serialization=True";

  ByteReader reader_;
  Pickle pickle_;
  std::vector<Reference> stack_;
  std::vector<std::size_t> marks_;
  std::size_t copied_pairs_ = 0;
  std::unordered_map<std::uint32_t, Reference> memo_;
};

}  // namespace

Pickle read_pickle(std::span<const std::byte> bytes) { return PickleMachine(bytes).run(); }

}  // namespace quantbench::checkpoint
