#include "quantbench/runtime/compare.h"

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string_view>
#include <utility>

#include "quantbench/base/decibels.h"
#include "quantbench/base/error.h"
#include "quantbench/base/isolated.h"
#include "quantbench/base/json.h"
#include "quantbench/runtime/onnxruntime/load_memory.h"

namespace quantbench::runtime {

namespace {

constexpr double kLost = -300;

enum class Step : int { kLoadBefore, kRunBefore, kLoadAfter, kRunAfter, kDone };

/// A number that the process of the comparison leaves behind, however it ends.
class SharedStep {
 public:
  SharedStep()
      : place_(static_cast<int*>(::mmap(nullptr, sizeof(int), PROT_READ | PROT_WRITE,
                                        MAP_SHARED | MAP_ANONYMOUS, -1, 0))) {
    if (place_ == MAP_FAILED) throw Error("no memory to compare models with");
  }
  ~SharedStep() { ::munmap(place_, sizeof(int)); }
  SharedStep(const SharedStep&) = delete;
  SharedStep& operator=(const SharedStep&) = delete;
  void set(Step step) { *static_cast<volatile int*>(place_) = static_cast<int>(step); }
  Step get() const { return static_cast<Step>(*static_cast<volatile int*>(place_)); }

 private:
  int* place_;
};

bool draws_random_numbers(const google::protobuf::RepeatedPtrField<onnx::NodeProto>& nodes) {
  constexpr std::array<std::string_view, 4> kRandom = {"Bernoulli", "Multinomial", "RandomNormal",
                                                       "RandomUniform"};
  return std::ranges::any_of(nodes, [&](const onnx::NodeProto& node) {
    const std::string_view kind = node.op_type();
    if (std::ranges::any_of(kRandom, [&](auto prefix) { return kind.starts_with(prefix); }) ||
        (kind == "Dropout" && node.input_size() > 2)) {
      return true;
    }
    return std::ranges::any_of(node.attribute(), [](const onnx::AttributeProto& attribute) {
      return draws_random_numbers(attribute.g().node());
    });
  });
}

std::uint64_t weights_of(const graph::Model& model) {
  std::uint64_t bytes = 0;
  for (const std::string& name : model.initializer_names()) {
    bytes += model.find_initializer(name)->data.bytes.size();
  }
  return bytes;
}

std::vector<NamedTensor> inputs_of(const Session& session, const std::vector<NamedTensor>& given) {
  std::vector<NamedTensor> inputs;
  for (const InputInfo& wanted : session.inputs()) {
    for (const NamedTensor& input : given) {
      if (input.name == wanted.name) inputs.push_back(input);
    }
  }
  return inputs;
}

struct Output {
  std::vector<std::int64_t> shape;
  std::vector<float> values;
};
using Outputs = std::map<std::string, Output>;

bool is_real(ElementType type) {
  return type == ElementType::kFloat32 || type == ElementType::kFloat64 ||
         type == ElementType::kFloat16 || type == ElementType::kBFloat16;
}

Outputs real_outputs(const Session& session, const std::vector<NamedTensor>& given) {
  Outputs outputs;
  session.run_visit(inputs_of(session, given), [&](std::size_t index, const TensorView& view) {
    if (!is_real(view.type)) return;
    outputs[session.output_names()[index]] = {{view.shape.begin(), view.shape.end()},
                                              view.to_float()};
  });
  return outputs;
}

struct Noise {
  double signal = 0;
  double noise = 0;
  bool lost = false;

  void add(const Output& before, const Output& after) {
    if (before.shape != after.shape) {
      lost = true;
      return;
    }
    for (std::size_t i = 0; i < before.values.size(); ++i) {
      const double expected = before.values[i];
      const double got = after.values[i];
      if (!std::isfinite(expected)) continue;
      lost = lost || !std::isfinite(got);
      signal += expected * expected;
      noise += (expected - got) * (expected - got);
    }
  }

  double ratio() const { return lost ? kLost : std::max(kLost, decibels(signal, noise)); }
};

std::unique_ptr<Session> open(const graph::Model& model) {
  constexpr int kAll = 99;
  return observing_runtime().open_graph(model, {.optimization_level = kAll});
}

/// The runtime's words if `work` throws, else "".
template <typename Work>
std::string failure_of(const Work& work) {
  try {
    work();
    return {};
  } catch (const Error& error) {
    return error.problem();
  }
}

/// The work of the process: {"before", "after", "before_loaded", "after_loaded", "forwards",
/// "sqnr"}. `before` nullptr: only loads `after`.
Json run_both(const graph::Model* before, const graph::Model& after,
              const std::vector<std::vector<NamedTensor>>& inputs, SharedStep& step) {
  Json made = {{"before", ""}, {"after", ""}, {"forwards", 0}, {"sqnr", Json::object()}};
  std::vector<Outputs> expected;
  std::string failure = "was not tried";
  if (before != nullptr) {
    failure = failure_of([&] {
      const auto session = open(*before);
      step.set(Step::kRunBefore);
      for (const auto& given : inputs) expected.push_back(real_outputs(*session, given));
    });
  }
  made["before"] = failure;
  made["before_loaded"] = step.get() != Step::kLoadBefore;
  const bool ran = failure.empty();
  step.set(Step::kLoadAfter);
  std::unique_ptr<Session> session;
  failure = failure_of([&] { session = open(after); });
  made["after"] = failure;
  made["after_loaded"] = failure.empty();
  if (!failure.empty()) return made;
  step.set(Step::kRunAfter);
  if (!ran) return made;
  std::map<std::string, Noise> noise;
  failure = failure_of([&] {
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const Outputs got = real_outputs(*session, inputs[i]);
      for (const auto& [name, output] : expected[i]) {
        const auto found = got.find(name);
        if (found == got.end()) {
          noise[name].lost = true;
        } else {
          noise[name].add(output, found->second);
        }
      }
    }
  });
  made["after"] = failure;
  if (!failure.empty()) return made;
  step.set(Step::kDone);
  made["forwards"] = inputs.size();
  if (draws_random_numbers(before->graph().node())) return made;
  for (const auto& [name, of_output] : noise) {
    made["sqnr"][name] = finite_or_null(of_output.ratio());
  }
  return made;
}

}  // namespace

Comparison compare(const graph::Model& before, const graph::Model& after,
                   const std::vector<std::vector<NamedTensor>>& inputs) {
  constexpr unsigned kSeconds = 1800;
  const IsolatedBounds bounds{kSeconds,
                              load_memory(weights_of(before)) + load_memory(weights_of(after))};
  SharedStep step;
  step.set(Step::kLoadBefore);
  IsolatedResult result =
      run_isolated([&] { return run_both(&before, after, inputs, step).dump(); }, bounds);
  Comparison comparison;
  Step reached = step.get();
  if (!result.failure.empty() && reached < Step::kLoadAfter) {
    comparison.before_failed = result.failure;
    comparison.before_loaded = reached == Step::kRunBefore;
    result = run_isolated([&] { return run_both(nullptr, after, {}, step).dump(); }, bounds);
    reached = step.get();
  }
  if (!result.failure.empty()) {
    comparison.after_failed = result.failure;
    comparison.before_loaded = comparison.before_failed.empty() || comparison.before_loaded;
    comparison.after_loaded = reached > Step::kLoadAfter;
    return comparison;
  }
  const Json made = Json::parse(result.bytes);
  if (comparison.before_failed.empty()) {
    comparison.before_failed = made.at("before").get<std::string>();
    comparison.before_loaded = made.at("before_loaded").get<bool>();
  }
  comparison.after_failed = made.at("after").get<std::string>();
  comparison.after_loaded = made.at("after_loaded").get<bool>();
  comparison.forwards = made.at("forwards").get<std::size_t>();
  for (const auto& [name, decibels] : made.at("sqnr").items()) {
    comparison.output_sqnr_db[name] =
        decibels.is_null() ? std::numeric_limits<double>::infinity() : decibels.get<double>();
  }
  return comparison;
}

}  // namespace quantbench::runtime
