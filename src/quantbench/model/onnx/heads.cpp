#include "quantbench/model/onnx/onnx_forward.h"

namespace quantbench::model {

Value OnnxForward::token(Value x, std::int64_t index) {
  const std::string which = builder_.constant(index);
  return make(builder_.node("Gather", {name_of(x), which}, {{"axis", std::int64_t{1}}}),
              x.rank - 1);
}

Value OnnxForward::average(Value a, Value b) {
  const std::string sum = builder_.node("Add", {name_of(a), name_of(b)});
  const std::string two = builder_.constant(2.0F);
  return make(builder_.node("Div", {sum, two}), a.rank);
}

/// logits.split(1, dim=-1), each squeeze(-1): Split, Squeeze, Squeeze.
std::pair<Value, Value> OnnxForward::split_columns(Value x) {
  const std::vector<std::string> columns = builder_.split(name_of(x), {1, 1}, -1);
  const Value first = make(builder_.squeeze(columns[0], -1), x.rank - 1);
  const Value second = make(builder_.squeeze(columns[1], -1), x.rank - 1);
  return {first, second};
}

}  // namespace quantbench::model
