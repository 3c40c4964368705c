#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "quantbench/graph/model.h"
#include "quantbench/quantize/dynamic.h"
#include "quantbench/quantize/static.h"

namespace quantbench::cli {

/// Options of a command that quantizes one model: operators, arithmetic, and graph preparation.
/// Names are the spec's, or onnxruntime.quantization's for options that the spec does not have.
class QuantizationOptions {
 public:
  /// Options of static quantization only are in a group of their own (kStaticGroup).
  void add_to(CLI::App& command);

  static constexpr const char* kStaticGroup = "Static quantization";

  /// The model with ONNX Runtime's fusions and the preparation passes that the options ask for.
  /// Throws Error (unknown pass, what the runtime throws).
  graph::Model prepare(graph::Model model) const;

  /// Throw Error: an unknown type, format or operator (with the nearest name), or an invalid axis.
  quantize::StaticOptions static_options() const;
  /// Without node_exclusion, which needs the graph.
  quantize::DynamicOptions dynamic_options() const;
  const std::vector<std::string>& node_exclusion() const { return node_exclusion_; }

 private:
  void add_static_to(CLI::App& command);

  std::vector<std::string> operators_;
  std::vector<std::string> node_exclusion_;
  bool per_channel_ = false;
  bool reduce_range_ = false;
  bool fuse_first_ = false;
  std::vector<std::string> passes_;
  std::optional<bool> matmul_const_b_only_;
  std::string weight_type_ = "int8";

  std::string format_ = "QDQ";
  bool qoperator_ = false;
  std::string activation_type_ = "int8";
  bool activation_symmetric_ = false;
  std::optional<bool> weight_symmetric_;
  std::vector<std::string> axes_;
  bool quantize_bias_ = true;
  bool dedicated_qdq_pair_ = false;
  bool add_qdq_pair_to_weight_ = false;
  bool force_quantize_no_input_check_ = false;
  bool keep_removable_activations_ = false;
  std::vector<std::string> float_output_;
};

/// A flag that is true, false ("!--no-..." among its names) or not given: add_flag makes an
/// std::optional false when the flag is not there.
CLI::Option* add_tristate(CLI::App& command, const std::string& names, std::optional<bool>& value,
                          const std::string& help);

/// The two sides of KEY=VALUE, neither empty. Throws Error: "'text' is not SHAPE", the option, an
/// example.
std::pair<std::string, std::string> split_pair(const std::string& text, const char* shape,
                                               const char* option, const char* example);

/// Throws Error when options of the groups were given, all of which are for static quantization.
void refuse_static_options(const CLI::App& command, const std::vector<std::string>& groups);

}  // namespace quantbench::cli
