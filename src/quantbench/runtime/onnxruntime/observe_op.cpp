#include "quantbench/runtime/onnxruntime/observe_op.h"

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "quantbench/base/error.h"

namespace quantbench::runtime {

ElementType to_element_type(ONNXTensorElementDataType type) {
  switch (type) {
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT:
      return ElementType::kFloat32;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_DOUBLE:
      return ElementType::kFloat64;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16:
      return ElementType::kFloat16;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_BFLOAT16:
      return ElementType::kBFloat16;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64:
      return ElementType::kInt64;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32:
      return ElementType::kInt32;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT16:
      return ElementType::kInt16;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT8:
      return ElementType::kInt8;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8:
      return ElementType::kUInt8;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_BOOL:
      return ElementType::kBool;
    default:
      return ElementType::kOther;
  }
}

struct ObserveOperator::Kernel {
  ObserveOperator* owner;
  std::int64_t index;

  OrtStatusPtr ComputeV2(OrtKernelContext* context) {
    try {
      Ort::KernelContext wrapped(context);
      pass_through(wrapped);
      if (wrapped.GetOutputCount() > 1) {
        const std::int64_t one = 1;
        *wrapped.GetOutput(1, &one, 1).GetTensorMutableData<bool>() = true;
      }
      owner->show(wrapped, index);
      return nullptr;
    } catch (const std::exception& error) {
      const std::scoped_lock guard(owner->lock_);
      if (!owner->failure_) owner->failure_ = std::current_exception();
      return Ort::GetApi().CreateStatus(ORT_FAIL, error.what());
    }
  }

  /// The output has the input's memory, as GetAliasMap says, so no copy is needed.
  static void pass_through(Ort::KernelContext& context) {
    const Ort::ConstValue from = context.GetInput(0);
    const std::vector<std::int64_t> shape = from.GetTensorTypeAndShapeInfo().GetShape();
    const Ort::UnownedValue to = context.GetOutput(0, shape.data(), shape.size());
    if (to.GetTensorRawData() != from.GetTensorRawData()) {
      throw Error("the runtime copied an observed tensor");
    }
  }
};

struct ObserveOperator::Operator
    : Ort::CustomOpBase<ObserveOperator::Operator, ObserveOperator::Kernel, true> {
  explicit Operator(ObserveOperator* op) : owner(op) {
    OrtCustomOp::GetAliasMap = [](int** input, int** output) {
      *input = new int(0);
      *output = new int(0);
      return std::size_t{1};
    };
    OrtCustomOp::ReleaseAliasMap = [](int* input, int* output) {
      delete input;
      delete output;
    };
  }

  OrtStatusPtr CreateKernelV2(const OrtApi&, const OrtKernelInfo* info, void** kernel) const {
    try {
      const auto index = Ort::ConstKernelInfo(info).GetAttribute<std::int64_t>("index");
      *kernel = new Kernel{owner, index};
      return nullptr;
    } catch (const std::exception& error) {
      return Ort::GetApi().CreateStatus(ORT_INVALID_ARGUMENT, error.what());
    }
  }
  const char* GetName() const { return kObserveOperator; }
  /// The output has the input's shape. The bodies of Scan and Loop may depend on it, because they
  /// need not declare any.
  static Ort::Status InferOutputShape(Ort::ShapeInferContext& context) {
    const Ort::ShapeInferContext::Shape& shape = context.GetInputShape(0);
    // An unknown shape looks like the shape of a single number.
    if (shape.empty()) return Ort::Status{nullptr};
    // Sizes that are not known get names, each its own: equal names mean equal sizes.
    const std::string prefix = "observed_" + std::to_string(context.GetAttrInt("index")) + "_";
    std::deque<std::string> names;
    Ort::ShapeInferContext::Shape output;
    for (const auto& size : shape) {
      if (!size.IsInt() || size.AsInt() >= 0) {
        output.push_back(size);
        continue;
      }
      names.push_back(prefix + std::to_string(output.size()));
      output.emplace_back(names.back().c_str());
    }
    return context.SetOutputShape(0, output);
  }
  std::size_t GetInputTypeCount() const { return 1; }
  ONNXTensorElementDataType GetInputType(std::size_t) const {
    return ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED;  // any
  }
  std::size_t GetOutputTypeCount() const { return 2; }
  ONNXTensorElementDataType GetOutputType(std::size_t index) const {
    return index == 0 ? ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED  // same as the input
                      : ONNX_TENSOR_ELEMENT_DATA_TYPE_BOOL;
  }
  OrtCustomOpInputOutputCharacteristic GetOutputCharacteristic(std::size_t index) const {
    return index == 0 ? INPUT_OUTPUT_REQUIRED : INPUT_OUTPUT_OPTIONAL;
  }

  ObserveOperator* owner;
};

ObserveOperator::ObserveOperator(Observer observer)
    : observer_(std::move(observer)),
      operator_(std::make_unique<Operator>(this)),
      domain_(kObserveDomain) {
  domain_.Add(operator_.get());
}

ObserveOperator::~ObserveOperator() = default;

void ObserveOperator::add_to(Ort::SessionOptions& options) { options.Add(domain_); }

void ObserveOperator::rethrow() {
  const std::scoped_lock guard(lock_);
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

void ObserveOperator::show(const Ort::KernelContext& context, std::int64_t index) {
  const Ort::ConstValue value = context.GetInput(0);
  const auto info = value.GetTensorTypeAndShapeInfo();
  const std::vector<std::int64_t> shape = info.GetShape();
  TensorView view;
  view.type = to_element_type(info.GetElementType());
  view.shape = shape;
  view.element_count = info.GetElementCount();
  if (view.type != ElementType::kOther) view.data = value.GetTensorRawData();

  const ParallelFor parallel_for = [&](std::size_t count,
                                       const std::function<void(std::size_t)>& body) {
    struct Call {
      const std::function<void(std::size_t)>& body;
      std::mutex lock;
      std::exception_ptr failure;
    } call{body, {}, nullptr};
    context.ParallelFor(
        [](void* data, std::size_t i) {
          Call& one = *static_cast<Call*>(data);
          try {
            one.body(i);
          } catch (...) {
            const std::scoped_lock guard(one.lock);
            if (!one.failure) one.failure = std::current_exception();
          }
        },
        count, 0, &call);
    if (call.failure) std::rethrow_exception(call.failure);
  };
  observer_(index, view, parallel_for);
}

}  // namespace quantbench::runtime
