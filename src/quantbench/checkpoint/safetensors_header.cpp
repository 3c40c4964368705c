#include "quantbench/checkpoint/safetensors_header.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <unordered_set>

#include "quantbench/base/error.h"

namespace quantbench::checkpoint {

namespace {

/// Reads the header as a stream of events, not as a document. This finds repeated names, uses no
/// memory for hostile nesting, and stays linear for a hundred thousand tensors.
class HeaderReader {
 public:
  std::vector<HeaderEntry> take() { return std::move(entries_); }

  // The events of nlohmann::json's SAX interface.

  bool key(std::string& key) {
    if (at_ == At::kTensors) {
      name_ = std::move(key);
    } else {
      field_ = std::move(key);
    }
    return true;
  }

  bool start_object(std::size_t) {
    if (at_ == At::kStart) {
      at_ = At::kTensors;
    } else if (at_ == At::kTensors && name_ == "__metadata__") {
      at_ = At::kMetadata;
    } else if (at_ == At::kTensors) {
      at_ = At::kTensor;
      dtype_.reset();
      shape_.reset();
      offsets_.reset();
    } else {
      unexpected("an object");
    }
    field_.clear();
    return true;
  }

  bool end_object() {
    if (at_ == At::kTensor) finish_tensor();
    at_ = at_ == At::kTensors ? At::kEnd : At::kTensors;
    return true;
  }

  bool start_array(std::size_t) {
    if (at_ == At::kTensor && field_ == "shape" && !shape_) {
      list_ = &shape_.emplace();
    } else if (at_ == At::kTensor && field_ == "data_offsets" && !offsets_) {
      list_ = &offsets_.emplace();
    } else {
      unexpected("a list");
    }
    at_ = At::kList;
    return true;
  }

  bool end_array() {
    at_ = At::kTensor;
    return true;
  }

  bool number_unsigned(std::uint64_t value) {
    if (at_ != At::kList) unexpected("a number");
    list_->push_back(value);
    return true;
  }

  bool string(std::string& value) {
    if (at_ == At::kMetadata) return true;
    if (at_ != At::kTensor || field_ != "dtype" || dtype_) unexpected("a string");
    dtype_ = std::move(value);
    return true;
  }

  bool number_integer(std::int64_t) { unexpected("a negative number"); }
  bool number_float(double, const std::string&) { unexpected("a fraction"); }
  bool null() { unexpected("null"); }
  bool boolean(bool) { unexpected("true or false"); }
  bool binary(nlohmann::json::binary_t&) { unexpected("binary data"); }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception&) {
    throw Error("not valid JSON at byte " + std::to_string(position), "header");
  }

 private:
  enum class At { kStart, kTensors, kTensor, kMetadata, kList, kEnd };

  std::string place() const { return at_ == At::kStart ? "header" : "tensor '" + name_ + "'"; }

  [[noreturn]] void unexpected(const std::string& what) const {
    std::string problem = what + " is not allowed here";
    if (!field_.empty()) problem += ", at '" + field_ + "'";
    throw Error(problem, place(),
                "each tensor needs dtype, shape and data_offsets, once; the last two are lists of "
                "non-negative integers");
  }

  void finish_tensor() {
    const auto missing = [&](const char* field) {
      throw Error("no " + std::string(field) + " in the header", place());
    };
    if (!dtype_) missing("dtype");
    if (!shape_) missing("shape");
    if (!offsets_) missing("data_offsets");
    if (offsets_->size() != 2) {
      throw Error("data_offsets must be [begin, end]", place());
    }
    if (!seen_.insert(name_).second) throw Error("appears twice in the header", place());
    entries_.push_back(
        {name_, std::move(*dtype_), std::move(*shape_), (*offsets_)[0], (*offsets_)[1]});
  }

  At at_ = At::kStart;
  std::vector<HeaderEntry> entries_;
  std::unordered_set<std::string> seen_;
  std::string name_;
  std::string field_;
  std::optional<std::string> dtype_;
  std::optional<std::vector<std::uint64_t>> shape_;
  std::optional<std::vector<std::uint64_t>> offsets_;
  std::vector<std::uint64_t>* list_ = nullptr;
};

}  // namespace

std::vector<HeaderEntry> parse_safetensors_header(std::string_view json) {
  HeaderReader reader;
  // `strict`: only padding may follow the object.
  nlohmann::json::sax_parse(json.begin(), json.end(), &reader, nlohmann::json::input_format_t::json,
                            true);
  return reader.take();
}

}  // namespace quantbench::checkpoint
