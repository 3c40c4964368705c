#include "quantbench/runtime/model_interface.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <type_traits>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/base/half.h"
#include "quantbench/runtime/onnxruntime/observe_op.h"

namespace quantbench::runtime {

namespace {

std::vector<std::int64_t> shape_of(const onnx::ValueInfoProto& value) {
  std::vector<std::int64_t> shape;
  for (const auto& dimension : value.type().tensor_type().shape().dim()) {
    shape.push_back(dimension.has_dim_value() ? dimension.dim_value() : -1);
  }
  return shape;
}

template <typename To, typename From>
Tensor packed(const Tensor& tensor, const std::vector<From>& values, int data_type) {
  OtherValues out{.data_type = data_type};
  out.bytes.resize(values.size() * sizeof(To));
  for (std::size_t i = 0; i < values.size(); ++i) {
    To value;
    if constexpr (std::is_integral_v<From> && std::is_integral_v<To>) {
      value = static_cast<To>(values[i]);
      if (!std::in_range<To>(values[i])) {
        throw Error("the value " + std::to_string(values[i]) +
                    " does not fit the model's integer type of " + std::to_string(8 * sizeof(To)) +
                    " bits");
      }
    } else {
      value = static_cast<To>(values[i]);
    }
    std::memcpy(out.bytes.data() + i * sizeof(To), &value, sizeof(To));
  }
  return {tensor.shape, std::make_shared<const OtherValues>(std::move(out))};
}

template <typename From>
Tensor halves(const Tensor& tensor, const std::vector<From>& values) {
  std::vector<std::int64_t> bits;
  bits.reserve(values.size());
  for (const From value : values) bits.push_back(to_half(static_cast<float>(value)));
  return packed<std::uint16_t>(tensor, bits, onnx::TensorProto::FLOAT16);
}

Tensor bools(const Tensor& tensor, const std::vector<std::int64_t>& values) {
  std::vector<std::int64_t> ones;
  ones.reserve(values.size());
  for (const std::int64_t value : values) ones.push_back(value != 0 ? 1 : 0);
  return packed<std::uint8_t>(tensor, ones, onnx::TensorProto::BOOL);
}

/// In a type of floats other than float32; another type leaves the tensor as it is.
template <typename From>
Tensor in_other_floats(const Tensor& tensor, const std::vector<From>& values, ElementType type) {
  switch (type) {
    case ElementType::kFloat64:
      return packed<double>(tensor, values, onnx::TensorProto::DOUBLE);
    case ElementType::kFloat16:
      return halves(tensor, values);
    default:
      return tensor;
  }
}

Tensor converted_integers(const Tensor& tensor, const std::vector<std::int64_t>& values,
                          ElementType type) {
  switch (type) {
    case ElementType::kInt32:
      return packed<std::int32_t>(tensor, values, onnx::TensorProto::INT32);
    case ElementType::kInt16:
      return packed<std::int16_t>(tensor, values, onnx::TensorProto::INT16);
    case ElementType::kInt8:
      return packed<std::int8_t>(tensor, values, onnx::TensorProto::INT8);
    case ElementType::kUInt8:
      return packed<std::uint8_t>(tensor, values, onnx::TensorProto::UINT8);
    case ElementType::kBool:
      return bools(tensor, values);
    case ElementType::kFloat32:
      return {tensor.shape, std::vector<float>(values.begin(), values.end())};
    default:
      return in_other_floats(tensor, values, type);
  }
}

/// Rows [begin, begin + count) of every input; beyond the last row, copies of it.
std::vector<NamedTensor> part_of(const std::vector<NamedTensor>& inputs, std::size_t begin,
                                 std::size_t count, std::size_t rows) {
  std::vector<NamedTensor> part;
  for (const auto& [name, tensor] : inputs) {
    Tensor some = rows_of(tensor, begin, std::min(begin + count, rows));
    const Tensor last = rows_of(tensor, rows - 1, rows);
    for (std::size_t i = rows; i < begin + count; ++i) {
      ++some.shape[0];
      if (auto* floats = std::get_if<std::vector<float>>(&some.values)) {
        const auto& copy = std::get<std::vector<float>>(last.values);
        floats->insert(floats->end(), copy.begin(), copy.end());
      } else {
        auto& integers = std::get<std::vector<std::int64_t>>(some.values);
        const auto& copy = std::get<std::vector<std::int64_t>>(last.values);
        integers.insert(integers.end(), copy.begin(), copy.end());
      }
    }
    part.push_back({name, std::move(some)});
  }
  return part;
}

/// Parts of a batch that a model of a fixed batch size takes.
std::vector<std::vector<NamedTensor>> parts_of_batch(const std::vector<NamedTensor>& inputs,
                                                     std::size_t fixed, std::size_t& rows) {
  rows = 0;
  for (const NamedTensor& input : inputs) {
    if (!input.tensor.shape.empty()) rows = static_cast<std::size_t>(input.tensor.shape[0]);
  }
  std::vector<std::vector<NamedTensor>> parts;
  for (std::size_t begin = 0; begin < rows; begin += fixed) {
    parts.push_back(part_of(inputs, begin, fixed, rows));
  }
  return parts;
}

class AnyBatch final : public Session {
 public:
  AnyBatch(std::unique_ptr<Session> session, std::int64_t fixed)
      : session_(std::move(session)),
        fixed_(static_cast<std::size_t>(fixed)),
        inputs_(session_->inputs()) {
    for (InputInfo& input : inputs_) {
      if (!input.shape.empty()) input.shape[0] = -1;
    }
  }

  const std::vector<InputInfo>& inputs() const override { return inputs_; }
  const std::vector<std::string>& output_names() const override { return session_->output_names(); }
  std::vector<OutputInfo> outputs() const override {
    std::vector<OutputInfo> infos = session_->outputs();
    for (OutputInfo& output : infos) {
      if (!output.shape.empty()) output.shape[0] = -1;
    }
    return infos;
  }

  std::vector<Tensor> run(const std::vector<NamedTensor>& inputs) const override {
    std::size_t rows = 0;
    std::vector<Tensor> all;
    for (const auto& part : parts_of_batch(inputs, fixed_, rows)) {
      std::vector<Tensor> outputs = session_->run(part);
      if (all.empty()) {
        all = std::move(outputs);
        continue;
      }
      for (std::size_t i = 0; i < all.size(); ++i) append(all[i], outputs[i]);
    }
    for (Tensor& output : all) {
      if (has_rows(output) && static_cast<std::size_t>(output.shape[0]) > rows) {
        output = rows_of(output, 0, rows);
      }
    }
    return all;
  }

  void run_visit(const std::vector<NamedTensor>& inputs,
                 const OutputVisitor& visitor) const override {
    const std::vector<Tensor> outputs = run(inputs);
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const auto& values = std::get<std::vector<float>>(outputs[i].values);
      visitor(i, {ElementType::kFloat32, outputs[i].shape, values.data(), values.size()});
    }
  }

  class Parts final : public Bound {
   public:
    void add(std::unique_ptr<Bound> part) { parts_.push_back(std::move(part)); }
    void run() override {
      for (const auto& part : parts_) part->run();
    }

   private:
    std::vector<std::unique_ptr<Bound>> parts_;
  };

  std::unique_ptr<Bound> bind(const std::vector<NamedTensor>& inputs) const override {
    std::size_t rows = 0;
    auto bound = std::make_unique<Parts>();
    for (const auto& part : parts_of_batch(inputs, fixed_, rows)) bound->add(session_->bind(part));
    return bound;
  }

 private:
  /// Of every part, the same number of rows.
  bool has_rows(const Tensor& output) const {
    return !output.shape.empty() && output.shape[0] > 0 &&
           static_cast<std::size_t>(output.shape[0]) % fixed_ == 0;
  }

  void append(Tensor& all, const Tensor& part) const {
    const bool same = all.shape.size() == part.shape.size() && has_rows(part) &&
                      static_cast<std::size_t>(part.shape[0]) == fixed_ &&
                      std::equal(all.shape.begin() + 1, all.shape.end(), part.shape.begin() + 1);
    if (!same) return;  // an output that is not by rows
    auto& values = std::get<std::vector<float>>(all.values);
    const auto& more = std::get<std::vector<float>>(part.values);
    values.insert(values.end(), more.begin(), more.end());
    all.shape[0] += part.shape[0];
  }

  std::unique_ptr<Session> session_;
  std::size_t fixed_;
  std::vector<InputInfo> inputs_;
};

}  // namespace

std::string_view without_number(std::string_view name) { return name.substr(0, name.find(':')); }

ModelInterface interface_of(const graph::Model& model) {
  ModelInterface interface;
  for (const onnx::ValueInfoProto& input : model.graph().input()) {
    if (model.find_initializer(input.name()) != nullptr) continue;
    const ElementType type = to_element_type(
        static_cast<ONNXTensorElementDataType>(input.type().tensor_type().elem_type()));
    interface.inputs.push_back(
        {input.name(), type == ElementType::kFloat32, shape_of(input), type});
  }
  for (const onnx::ValueInfoProto& output : model.graph().output()) {
    interface.outputs.push_back({output.name(), shape_of(output)});
  }
  return interface;
}

std::int64_t fixed_batch(const std::vector<InputInfo>& inputs) {
  std::int64_t fixed = 0;
  for (const InputInfo& input : inputs) {
    if (input.shape.size() < 2) continue;
    if (input.shape[0] < 1 || (fixed != 0 && input.shape[0] != fixed)) return 0;
    fixed = input.shape[0];
  }
  return fixed;
}

std::unique_ptr<Session> with_any_batch(std::unique_ptr<Session> session) {
  const std::int64_t fixed = fixed_batch(session->inputs());
  if (fixed == 0) return session;
  return std::make_unique<AnyBatch>(std::move(session), fixed);
}

bool needs_conversion(const Tensor& tensor, ElementType type) {
  if (std::holds_alternative<std::vector<std::int64_t>>(tensor.values)) {
    return type != ElementType::kInt64 && type != ElementType::kOther &&
           type != ElementType::kBFloat16;
  }
  return std::holds_alternative<std::vector<float>>(tensor.values) &&
         (type == ElementType::kFloat64 || type == ElementType::kFloat16);
}

Tensor in_type(const Tensor& tensor, ElementType type) {
  if (!needs_conversion(tensor, type)) return tensor;
  if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&tensor.values)) {
    return converted_integers(tensor, *integers, type);
  }
  return in_other_floats(tensor, std::get<std::vector<float>>(tensor.values), type);
}

}  // namespace quantbench::runtime
