#include "quantbench/dataset/parquet/values.h"

#include <arrow/array/array_dict.h>
#include <arrow/array/array_nested.h>
#include <arrow/array/array_primitive.h>
#include <arrow/extension_type.h>
#include <arrow/scalar.h>
#include <arrow/type.h>
#include <arrow/util/float16.h>

#include <string_view>
#include <unordered_set>
#include <vector>

#include "quantbench/base/error.h"
#include "quantbench/base/utf8.h"

namespace quantbench::dataset::parquet_plugin {

namespace {

template <typename Array>
const Array& as(const arrow::Array& column) {
  return static_cast<const Array&>(column);
}

template <typename Array>
Json number(const arrow::Array& column, std::int64_t index) {
  return as<Array>(column).Value(index);
}

template <typename Array>
Json text(const arrow::Array& column, std::int64_t index) {
  const std::string_view value = as<Array>(column).GetView(index);
  if (valid_utf8_prefix(value) != value.size()) throw Error("text that is not valid UTF-8");
  return std::string(value);
}

Json bytes(std::string_view value) {
  const auto* data = reinterpret_cast<const std::uint8_t*>(value.data());
  return Json::binary(std::vector<std::uint8_t>(data, data + value.size()));
}

/// Cells [first, first + count) of the items' column.
Json items(const arrow::Array& values, std::int64_t first, std::int64_t count) {
  Json list = Json::array();
  for (std::int64_t i = first; i < first + count; ++i) list.push_back(cell(values, i));
  return list;
}

template <typename Array>
Json list(const arrow::Array& column, std::int64_t index) {
  const auto& lists = as<Array>(column);
  return items(*lists.values(), lists.value_offset(index), lists.value_length(index));
}

Json object(const arrow::StructArray& structs, std::int64_t index) {
  Json out = Json::object();
  std::unordered_set<std::string_view> there;
  for (int i = 0; i < structs.num_fields(); ++i) {
    const std::string& name = structs.struct_type()->field(i)->name();
    if (there.insert(name).second) append_member(out, name, cell(*structs.field(i), index));
  }
  return out;
}

Json pairs(const arrow::MapArray& maps, std::int64_t index) {
  Json out = Json::array();
  const std::int64_t first = maps.value_offset(index);
  for (std::int64_t i = first; i < first + maps.value_length(index); ++i) {
    out.push_back({{"key", cell(*maps.keys(), i)}, {"value", cell(*maps.items(), i)}});
  }
  return out;
}

/// Times and decimals as Arrow prints them.
Json printed(const arrow::Array& column, std::int64_t index) {
  const auto scalar = column.GetScalar(index);
  if (!scalar.ok()) throw Error(scalar.status().message());
  return (*scalar)->ToString();
}

}  // namespace

Json cell(const arrow::Array& column, std::int64_t index) {
  if (column.IsNull(index)) return nullptr;
  switch (column.type_id()) {
    case arrow::Type::NA:
      return nullptr;
    case arrow::Type::BOOL:
      return as<arrow::BooleanArray>(column).Value(index);
    case arrow::Type::INT8:
      return number<arrow::Int8Array>(column, index);
    case arrow::Type::INT16:
      return number<arrow::Int16Array>(column, index);
    case arrow::Type::INT32:
      return number<arrow::Int32Array>(column, index);
    case arrow::Type::INT64:
      return number<arrow::Int64Array>(column, index);
    case arrow::Type::UINT8:
      return number<arrow::UInt8Array>(column, index);
    case arrow::Type::UINT16:
      return number<arrow::UInt16Array>(column, index);
    case arrow::Type::UINT32:
      return number<arrow::UInt32Array>(column, index);
    case arrow::Type::UINT64:
      return number<arrow::UInt64Array>(column, index);
    case arrow::Type::HALF_FLOAT:
      return arrow::util::Float16::FromBits(as<arrow::HalfFloatArray>(column).Value(index))
          .ToDouble();
    case arrow::Type::FLOAT:
      return number<arrow::FloatArray>(column, index);
    case arrow::Type::DOUBLE:
      return number<arrow::DoubleArray>(column, index);
    case arrow::Type::STRING:
      return text<arrow::StringArray>(column, index);
    case arrow::Type::LARGE_STRING:
      return text<arrow::LargeStringArray>(column, index);
    case arrow::Type::STRING_VIEW:
      return text<arrow::StringViewArray>(column, index);
    case arrow::Type::BINARY:
      return bytes(as<arrow::BinaryArray>(column).GetView(index));
    case arrow::Type::LARGE_BINARY:
      return bytes(as<arrow::LargeBinaryArray>(column).GetView(index));
    case arrow::Type::BINARY_VIEW:
      return bytes(as<arrow::BinaryViewArray>(column).GetView(index));
    case arrow::Type::FIXED_SIZE_BINARY:
      return bytes(as<arrow::FixedSizeBinaryArray>(column).GetView(index));
    case arrow::Type::LIST:
      return list<arrow::ListArray>(column, index);
    case arrow::Type::LARGE_LIST:
      return list<arrow::LargeListArray>(column, index);
    case arrow::Type::FIXED_SIZE_LIST:
      return list<arrow::FixedSizeListArray>(column, index);
    case arrow::Type::STRUCT:
      return object(as<arrow::StructArray>(column), index);
    case arrow::Type::MAP:
      return pairs(as<arrow::MapArray>(column), index);
    case arrow::Type::DICTIONARY: {
      const auto& encoded = as<arrow::DictionaryArray>(column);
      return cell(*encoded.dictionary(), encoded.GetValueIndex(index));
    }
    case arrow::Type::EXTENSION:
      return cell(*as<arrow::ExtensionArray>(column).storage(), index);
    case arrow::Type::DATE32:
    case arrow::Type::DATE64:
    case arrow::Type::TIME32:
    case arrow::Type::TIME64:
    case arrow::Type::TIMESTAMP:
    case arrow::Type::DURATION:
    case arrow::Type::DECIMAL128:
    case arrow::Type::DECIMAL256:
      return printed(column, index);
    default:
      throw Error("values of type " + column.type()->ToString() + " are not read");
  }
}

}  // namespace quantbench::dataset::parquet_plugin
