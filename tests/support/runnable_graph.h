#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "quantbench/graph/edit.h"
#include "quantbench/graph/model.h"
#include "support/graph_text.h"

namespace quantbench::test {

/// A graph input or output: name, shape (-1: any) and type.
struct Declared {
  std::string name;
  std::vector<std::int64_t> shape;
  int type = onnx::TensorProto::FLOAT;
};

inline void declare(onnx::ValueInfoProto& info, const Declared& declared) {
  info.set_name(declared.name);
  auto& type = *info.mutable_type()->mutable_tensor_type();
  type.set_elem_type(declared.type);
  type.mutable_shape();
  for (const std::int64_t size : declared.shape) {
    auto& dimension = *type.mutable_shape()->add_dim();
    if (size < 0) {
      dimension.set_dim_param("n");
    } else {
      dimension.set_dim_value(size);
    }
  }
}

/// A model of these nodes (see graph_of) that a runtime opens.
inline graph::Model runnable(const std::vector<std::string>& lines,
                             const std::vector<Declared>& inputs,
                             const std::vector<Declared>& outputs, std::int64_t opset = 13) {
  graph::Model model;
  model.proto().set_ir_version(8);
  model.require_opset("", opset);
  model.graph() = graph_of(lines);
  model.graph().set_name("g");
  for (const Declared& input : inputs) declare(*model.graph().add_input(), input);
  for (const Declared& output : outputs) declare(*model.graph().add_output(), output);
  return model;
}

/// Values of both signs that do not repeat soon.
inline std::vector<float> wave(std::size_t count, float height = 1) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) {
    values[i] = height * std::sin(1.7F * static_cast<float>(i) + 0.4F);
  }
  return values;
}

inline graph::Initializer wave_constant(const std::string& name, std::vector<std::int64_t> shape,
                                        float height = 1) {
  const auto count = static_cast<std::size_t>(graph::element_count(shape));
  return graph::Initializer::make<float>(name, std::move(shape), wave(count, height));
}

}  // namespace quantbench::test
