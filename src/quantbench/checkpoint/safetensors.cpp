#include <bit>
#include <cstring>
#include <map>

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/base/text.h"
#include "quantbench/checkpoint/checkpoint.h"
#include "quantbench/checkpoint/safetensors_header.h"
#include "quantbench/checkpoint/tensor_file.h"

namespace quantbench::checkpoint {

static_assert(std::endian::native == std::endian::little,
              "safetensors data is little-endian and is used without conversion");

namespace {

/// The format's own limit on the JSON header.
constexpr std::uint64_t kMaximumHeader = 100'000'000;

constexpr DType kDTypes[] = {DType::kF64, DType::kF32, DType::kF16, DType::kBF16, DType::kI64,
                             DType::kI32, DType::kI16, DType::kI8,  DType::kU8,   DType::kBool};

DType parse_dtype(const std::string& name) {
  std::vector<std::string> known;
  for (const DType dtype : kDTypes) {
    if (dtype_name(dtype) == name) return dtype;
    known.emplace_back(dtype_name(dtype));
  }
  throw Error("dtype '" + name + "' is not supported", {}, "known: " + join(known, ", "));
}

/// Size of a tensor of this shape in bytes. The shape is stored in `shape`.
std::uint64_t byte_count(const HeaderEntry& entry, DType dtype, std::vector<std::int64_t>& shape) {
  auto bytes = static_cast<std::int64_t>(dtype_size(dtype));
  for (const std::uint64_t dimension : entry.shape) {
    if (dimension > INT64_MAX ||
        __builtin_mul_overflow(bytes, static_cast<std::int64_t>(dimension), &bytes)) {
      throw Error("shape has an impossible number of elements");
    }
    shape.push_back(static_cast<std::int64_t>(dimension));
  }
  return static_cast<std::uint64_t>(bytes);
}

Tensor checked_tensor(const HeaderEntry& entry, std::span<const std::byte> data,
                      const std::shared_ptr<const void>& owner) {
  Tensor tensor;
  tensor.name = entry.name;
  tensor.dtype = parse_dtype(entry.dtype);
  const std::uint64_t expected = byte_count(entry, tensor.dtype, tensor.shape);
  const std::string range =
      "data_offsets [" + std::to_string(entry.begin) + ", " + std::to_string(entry.end) + "]";
  if (entry.begin > entry.end) throw Error(range + " are in the wrong order");
  if (entry.end > data.size()) {
    throw Error(
        range + " exceed the file, which has " + std::to_string(data.size()) + " bytes of data", {},
        "is the file truncated?");
  }
  if (entry.end - entry.begin != expected) {
    throw Error(range + " hold " + std::to_string(entry.end - entry.begin) + " bytes, but " +
                entry.dtype + " of shape " + shape_text(tensor.shape) + " takes " +
                std::to_string(expected));
  }
  tensor.bytes = data.subspan(entry.begin, expected);
  tensor.owner = owner;
  return tensor;
}

TensorMap read_safetensors_tensors(const std::shared_ptr<const MappedFile>& file) {
  const std::span<const std::byte> bytes = file->bytes();
  std::uint64_t header_size = 0;
  if (bytes.size() < sizeof header_size) {
    throw Error("has " + std::to_string(bytes.size()) +
                " bytes, but a safetensors file begins with 8 bytes of header "
                "length");
  }
  std::memcpy(&header_size, bytes.data(), sizeof header_size);
  const std::span<const std::byte> rest = bytes.subspan(sizeof header_size);
  if (header_size > kMaximumHeader) {
    throw Error("header length " + std::to_string(header_size) + " exceeds the format's limit of " +
                    std::to_string(kMaximumHeader) + " bytes",
                {}, "is this a safetensors file?");
  }
  if (header_size > rest.size()) {
    throw Error("header of " + std::to_string(header_size) + " bytes does not fit in a file of " +
                    std::to_string(bytes.size()),
                {}, "is the file truncated?");
  }
  const std::string_view header(reinterpret_cast<const char*>(rest.data()), header_size);
  const std::span<const std::byte> data = rest.subspan(header_size);
  TensorMap tensors;
  for (const HeaderEntry& entry : parse_safetensors_header(header)) {
    with_context("tensor '" + entry.name + "'",
                 [&] { tensors.emplace(entry.name, checked_tensor(entry, data, file)); });
  }
  return tensors;
}

}  // namespace

std::unique_ptr<TensorSource> open_safetensors(const std::filesystem::path& path) {
  const auto file = MappedFile::open(path);
  return with_context(path.string(), [&] {
    return std::make_unique<TensorFile>(path, read_safetensors_tensors(file));
  });
}

}  // namespace quantbench::checkpoint
