#include "quantbench/runtime/openvino/openvino_session.h"

#include <algorithm>
#include <openvino/runtime/properties.hpp>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/base/parallel.h"
#include "quantbench/runtime/index_limits.h"
#include "quantbench/runtime/openvino/errors.h"
#include "quantbench/runtime/openvino/plugin.h"
#include "quantbench/runtime/openvino/tensors.h"

namespace quantbench::runtime::openvino_plugin {

namespace {

/// The place of the port with that name; nullopt if none has it.
template <typename Ports>
std::optional<std::size_t> find_port(const Ports& ports, const std::string& name) {
  for (std::size_t i = 0; i < ports.size(); ++i) {
    if (ports[i].get_names().count(name) != 0) return i;
  }
  return std::nullopt;
}

ov::element::Type precision_of(const SessionOptions& options) {
  const std::string name = options.arguments.value(kPrecisionKey, std::string(kFloat32));
  if (name != kBFloat16) return ov::element::f32;
  const auto can = core().get_property(kDevice, ov::device::capabilities);
  if (std::ranges::find(can, ov::device::capability::BF16) == can.end()) {
    throw Error("this CPU has no instructions for " + name,
                std::string("framework_args.") + kPrecisionKey,
                std::string("leave it at ") + kFloat32);
  }
  return ov::element::bf16;
}

/// OpenVINO's own precision on such a CPU is bf16, and its own threads are pinned on some systems.
ov::AnyMap settings_of(const SessionOptions& options) {
  const int streams = std::max(1, options.parallel_forwards);
  const int threads = options.intra_op_num_threads.value_or(static_cast<int>(usable_cores()));
  return {ov::num_streams(streams), ov::inference_num_threads(streams * threads),
          ov::hint::enable_cpu_pinning(false),
          ov::hint::inference_precision(precision_of(options))};
}

}  // namespace

ov::Core& core() {
  static auto* made = new ov::Core();
  return *made;
}

OpenVinoSession::OpenVinoSession(const graph::Model& graph, const std::shared_ptr<ov::Model>& model,
                                 std::string where, const SessionOptions& options)
    : where_(std::move(where)),
      interface_(interface_of(graph)),
      limits_(index_limits(graph)),
      compiled_(compile(model, where_, options)) {
  if (options.observer) throw Error("OpenVINO does not show its activations", where_);
  find_ports(*model);
}

ov::CompiledModel compile(const std::shared_ptr<ov::Model>& model, const std::string& where,
                          const SessionOptions& options) {
  const ov::AnyMap settings = settings_of(options);
  ov::CompiledModel compiled = core().compile_model(model, kDevice, settings);
  const auto asked = precision_of(options);
  const auto runs = compiled.get_property(ov::hint::inference_precision);
  if (runs != asked) {
    throw Error("the model runs in " + runs.get_type_name() + " where " + asked.get_type_name() +
                    " was asked for",
                where);
  }
  return compiled;
}

void OpenVinoSession::find_ports(const ov::Model& model) {
  const auto inputs = model.inputs();
  for (const InputInfo& input : interface_.inputs) {
    ports_[input.name] = {input.type, find_port(inputs, input.name)};
  }
  const auto outputs = model.outputs();
  for (const OutputInfo& output : interface_.outputs) {
    // An output that equals another tensor of the graph may have that one's name.
    output_ports_.push_back(find_port(outputs, output.name).value_or(output_names_.size()));
    output_names_.push_back(output.name);
    if (output_ports_.back() >= outputs.size()) {
      throw Error("OpenVINO has no output '" + output.name + "'", where_);
    }
  }
}

std::vector<NamedTensor> OpenVinoSession::converted(const std::vector<NamedTensor>& inputs) const {
  check_input_names(interface_.inputs, inputs, where_);
  // Out of range, OpenVINO computes zeros and says nothing.
  with_context(where_, [&] { check_indices(limits_, inputs); });
  std::vector<NamedTensor> out;
  for (const auto& [name, tensor] : inputs) {
    out.push_back({name, with_context("input '" + name + "'", [&, &name = name, &tensor = tensor] {
                     return in_type(tensor, ports_.at(name).type);
                   })});
  }
  return out;
}

void OpenVinoSession::set_inputs(ov::InferRequest& request,
                                 const std::vector<NamedTensor>& inputs) const {
  for (const auto& [name, tensor] : inputs) {
    const std::optional<std::size_t> port = ports_.at(name).index;
    if (!port) continue;
    with_context(where_ + ": input '" + name + "'", [&, &tensor = tensor] {
      guarded("it does not fit the model", {},
              [&] { request.set_input_tensor(*port, borrow(tensor)); });
    });
  }
}

void OpenVinoSession::infer(ov::InferRequest& request) const {
  guarded("the model failed to run", where_, [&] { request.infer(); });
}

ov::InferRequest OpenVinoSession::take_request() const {
  const std::scoped_lock lock(mutex_);
  if (idle_.empty()) return compiled_.create_infer_request();
  ov::InferRequest request = std::move(idle_.back());
  idle_.pop_back();
  return request;
}

void OpenVinoSession::give_back(ov::InferRequest request) const {
  const std::scoped_lock lock(mutex_);
  idle_.push_back(std::move(request));
}

void OpenVinoSession::run_visit(const std::vector<NamedTensor>& inputs,
                                const OutputVisitor& visitor) const {
  const std::vector<NamedTensor> given = converted(inputs);
  ov::InferRequest request = take_request();
  set_inputs(request, given);
  infer(request);
  for (std::size_t i = 0; i < output_names_.size(); ++i) {
    with_context("output '" + output_names_[i] + "'",
                 [&] { show(i, request.get_output_tensor(output_ports_[i]), visitor); });
  }
  give_back(std::move(request));
}

class OpenVinoSession::OpenVinoBound final : public Bound {
 public:
  OpenVinoBound(const OpenVinoSession& session, std::vector<NamedTensor> inputs)
      : session_(session), inputs_(std::move(inputs)), request_(session.take_request()) {
    session_.set_inputs(request_, inputs_);
  }
  void run() override { session_.infer(request_); }

 private:
  const OpenVinoSession& session_;
  std::vector<NamedTensor> inputs_;
  ov::InferRequest request_;
};

std::unique_ptr<Session::Bound> OpenVinoSession::bind(
    const std::vector<NamedTensor>& inputs) const {
  return std::make_unique<OpenVinoBound>(*this, converted(inputs));
}

}  // namespace quantbench::runtime::openvino_plugin
