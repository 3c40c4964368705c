#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "quantbench/base/json.h"
#include "quantbench/base/record.h"
#include "quantbench/graph/model.h"

namespace quantbench::graph {

/// Tensors of one element type.
struct TensorSizes {
  std::int64_t tensors = 0;
  std::int64_t elements = 0;
  std::int64_t bytes = 0;

  static constexpr auto fields() {
    return std::tuple(field("tensors", &TensorSizes::tensors),
                      field("elements", &TensorSizes::elements),
                      field("bytes", &TensorSizes::bytes));
  }
  bool operator==(const TensorSizes&) const = default;
};

/// An input or output of a graph.
struct DeclaredTensor {
  std::string name;
  /// "float32", "sequence of float32", "map", ...
  std::string type;
  /// Sizes: a number, the name of a size that is not fixed, or null. Null: not declared.
  Json shape = nullptr;

  static constexpr auto fields() {
    return std::tuple(field("name", &DeclaredTensor::name), field("type", &DeclaredTensor::type),
                      field("shape", &DeclaredTensor::shape));
  }
};

/// A function of the model's own.
struct FunctionContents {
  std::string name;  ///< with its domain: "pkg.torch.Linear"
  std::int64_t nodes = 0;

  static constexpr auto fields() {
    return std::tuple(field("name", &FunctionContents::name),
                      field("nodes", &FunctionContents::nodes));
  }
};

/// What an ONNX file holds.
struct Contents {
  std::int64_t ir_version = 0;
  /// Domain -> version; ONNX's own domain is "ai.onnx".
  std::map<std::string, std::int64_t> opsets;
  std::string producer;
  std::string producer_version;
  std::string domain;
  std::int64_t model_version = 0;
  std::string graph_name;
  std::map<std::string, std::string> metadata;
  /// Without the initializers that old files list among the inputs.
  std::vector<DeclaredTensor> inputs;
  std::vector<DeclaredTensor> outputs;
  /// With the nodes of subgraphs, without the nodes of functions.
  std::int64_t nodes = 0;
  std::map<std::string, std::int64_t> operators;  ///< qualified_name -> number of nodes
  std::int64_t subgraphs = 0;
  std::vector<FunctionContents> functions;
  /// Element type -> constants: initializers, also of subgraphs, and tensors of Constant nodes.
  std::map<std::string, TensorSizes> constants;

  static constexpr auto fields() {
    return std::tuple(
        field("ir_version", &Contents::ir_version), field("opsets", &Contents::opsets),
        field("producer", &Contents::producer),
        field("producer_version", &Contents::producer_version), field("domain", &Contents::domain),
        field("model_version", &Contents::model_version),
        field("graph_name", &Contents::graph_name), field("metadata", &Contents::metadata),
        field("inputs", &Contents::inputs), field("outputs", &Contents::outputs),
        field("nodes", &Contents::nodes), field("operators", &Contents::operators),
        field("subgraphs", &Contents::subgraphs), field("functions", &Contents::functions),
        field("constants", &Contents::constants));
  }
};

/// Throws Error for a tensor of a subgraph or node whose shape makes no sense.
Contents contents_of(const Model& model);

}  // namespace quantbench::graph
