#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <openvino/runtime/core.hpp>
#include <optional>
#include <string>
#include <vector>

#include "quantbench/runtime/model_interface.h"
#include "quantbench/runtime/session.h"

namespace quantbench::runtime::openvino_plugin {

inline constexpr const char* kDevice = "CPU";

/// One for each process: it holds OpenVINO's own plug-ins.
ov::Core& core();

/// Compiles a model: SessionOptions::parallel_forwards streams of intra_op_num_threads threads
/// each, threads not pinned, models not cached on disk, in the precision of
/// SessionOptions::arguments. Each new shape of the inputs is compiled when it comes first. Throws
/// Error: the CPU cannot compute in the precision; and what OpenVINO throws.
ov::CompiledModel compile(const std::shared_ptr<ov::Model>& model, const std::string& where,
                          const SessionOptions& options);

/// A model that OpenVINO has compiled.
class OpenVinoSession final : public Session {
 public:
  /// `graph` is the same model as `model`: names, types and tables come from it. Throws Error: the
  /// CPU cannot compute in the precision, or OpenVINO refuses the model.
  OpenVinoSession(const graph::Model& graph, const std::shared_ptr<ov::Model>& model,
                  std::string where, const SessionOptions& options);

  const std::vector<InputInfo>& inputs() const override { return interface_.inputs; }
  const std::vector<std::string>& output_names() const override { return output_names_; }
  std::vector<OutputInfo> outputs() const override { return interface_.outputs; }
  void run_visit(const std::vector<NamedTensor>& inputs,
                 const OutputVisitor& visitor) const override;
  std::unique_ptr<Bound> bind(const std::vector<NamedTensor>& inputs) const override;

 private:
  class OpenVinoBound;

  /// Of an input: its type, and its place in OpenVINO's model; nullopt: nothing there reads it.
  struct Port {
    ElementType type = ElementType::kOther;
    std::optional<std::size_t> index;
  };

  void find_ports(const ov::Model& model);
  /// The inputs in the model's types. Throws Error, also for ids that are out of range.
  std::vector<NamedTensor> converted(const std::vector<NamedTensor>& inputs) const;
  /// `inputs` must live until the forward has ended.
  void set_inputs(ov::InferRequest& request, const std::vector<NamedTensor>& inputs) const;
  void infer(ov::InferRequest& request) const;
  /// A request holds the activations of one forward: each forward takes one and gives it back.
  ov::InferRequest take_request() const;
  void give_back(ov::InferRequest request) const;

  std::string where_;
  ModelInterface interface_;
  std::vector<std::string> output_names_;
  std::map<std::string, std::int64_t> limits_;
  std::map<std::string, Port> ports_;
  std::vector<std::size_t> output_ports_;  ///< of output_names_
  mutable ov::CompiledModel compiled_;
  mutable std::mutex mutex_;
  mutable std::vector<ov::InferRequest> idle_;
};

}  // namespace quantbench::runtime::openvino_plugin
