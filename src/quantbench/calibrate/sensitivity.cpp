#include "quantbench/calibrate/sensitivity.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <mutex>
#include <set>
#include <utility>

#include "quantbench/base/decibels.h"
#include "quantbench/base/error.h"
#include "quantbench/base/parallel.h"
#include "quantbench/base/text.h"
#include "quantbench/calibrate/twins.h"
#include "quantbench/graph/edit.h"
#include "quantbench/graph/pass.h"
#include "quantbench/runtime/session.h"

namespace quantbench::calibrate {

namespace {

/// Mean of the ratios of tokens, batch by batch.
class MeanRatio {
 public:
  void add(const std::vector<float>& signal, const std::vector<float>& noise) {
    for (std::size_t token = 0; token < std::min(signal.size(), noise.size()); ++token) {
      if (!(signal[token] > 0)) continue;
      lost_ = lost_ || !(noise[token] <= 0);
      // NaN (a quantized division by zero) is worse than any number; a token that lost nothing
      // counts as what float32 can tell.
      const double ratio = decibels(signal[token], noise[token]);
      sum_ += std::isnan(ratio) ? -kMost : std::clamp(ratio, -kMost, kMost);
      ++tokens_;
    }
  }
  double decibel() const {
    return lost_ ? sum_ / static_cast<double>(tokens_) : std::numeric_limits<double>::infinity();
  }

 private:
  static constexpr double kMost = 140;
  double sum_ = 0;
  std::size_t tokens_ = 0;
  bool lost_ = false;
};

std::unique_ptr<runtime::Session> open(const graph::Model& model,
                                       const SensitivityOptions& options) {
  runtime::SessionOptions session;
  session.intra_op_num_threads = options.threads;
  // Without this, each forward dequantizes all weights again.
  constexpr int kFoldsConstants = 1;
  session.optimization_level = kFoldsConstants;
  session.keeps_quantization_pairs = true;
  return runtime::observing_runtime().open_graph(model, session);
}

/// Float outputs of every batch, one after the other.
std::vector<float> outputs_of(const runtime::Session& session, const Batches& batches) {
  std::vector<float> all;
  batches([&](const Batch& batch) {
    session.run_visit(inputs_for(session, batch),
                      [&](std::size_t, const runtime::TensorView& view) {
                        if (view.type != runtime::ElementType::kFloat32) return;
                        const auto values = view.floats();
                        all.insert(all.end(), values.begin(), values.end());
                      });
  });
  return all;
}

/// Operators are identified by name; an unnamed one gets the name of its output.
graph::Model with_names(const graph::Model& model) {
  graph::Model named = model.clone();
  graph::UniqueNames names(named);
  for (onnx::NodeProto& node : *named.graph().mutable_node()) {
    if (node.name().empty() && node.output_size() > 0) node.set_name(names.make(node.output(0)));
  }
  return named;
}

const quantize::Approach& approach_of(const SensitivityOptions& options) {
  if (options.approach != nullptr) return *options.approach;
  return quantize::approaches().get(quantize::calibrating_approaches().at(0));
}

/// Nodes that the approach quantizes with these options.
std::vector<std::string> quantized_nodes(const graph::Model& model, const quantize::Ranges& ranges,
                                         const SensitivityOptions& options) {
  graph::Model copy = model.clone();
  return approach_of(options).quantize(copy, options.quantization, ranges).quantized_nodes;
}

/// The one pass: local ratios of all operators.
std::vector<Sensitivity> measure_locally(const graph::Model& model,
                                         const std::vector<std::string>& nodes,
                                         const quantize::Ranges& ranges, const Batches& batches,
                                         const SensitivityOptions& options, std::size_t& samples) {
  graph::Model twinned = model.clone();
  const std::vector<Twin> twins =
      add_twins(twinned, nodes, ranges, approach_of(options), options.quantization);
  std::vector<MeanRatio> ratios(twins.size());
  const auto session = open(twinned, options);
  batches([&](const Batch& batch) {
    samples += batch.samples;
    std::map<std::string, std::vector<float>> energies;
    session->run_visit(
        inputs_for(*session, batch), [&](std::size_t output, const runtime::TensorView& view) {
          if (view.type != runtime::ElementType::kFloat32) return;
          const auto values = view.floats();
          energies[session->output_names()[output]].assign(values.begin(), values.end());
        });
    for (std::size_t i = 0; i < twins.size(); ++i) {
      ratios[i].add(energies[twins[i].signal], energies[twins[i].noise]);
    }
  });
  std::vector<Sensitivity> operators;
  for (std::size_t i = 0; i < twins.size(); ++i) {
    operators.push_back({twins[i].node, twins[i].op_type, ratios[i].decibel(), std::nullopt});
  }
  return operators;
}

/// The whole model with this one of `nodes` quantized, against the float model's outputs.
double measure_at_outputs(const graph::Model& model, const std::vector<std::string>& nodes,
                          const std::string& node, const quantize::Ranges& ranges,
                          const Batches& batches, const std::vector<float>& expected,
                          const SensitivityOptions& options) {
  Json of_one = options.quantization;
  Json& excluded = of_one["node_exclusion"];
  for (const std::string& other : nodes) {
    if (other != node) excluded.push_back(other);
  }
  graph::Model quantized = model.clone();
  approach_of(options).quantize(quantized, of_one, ranges);
  const auto session = open(quantized, options);
  const std::vector<float> got = outputs_of(*session, batches);
  double signal = 0;
  double noise = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    signal += static_cast<double>(expected[i]) * expected[i];
    noise += std::pow(static_cast<double>(expected[i]) - got.at(i), 2);
  }
  return decibels(signal, noise);
}

bool more_damaging(const Sensitivity& a, const Sensitivity& b) {
  if (a.output_sqnr_db && b.output_sqnr_db) return *a.output_sqnr_db < *b.output_sqnr_db;
  if (a.output_sqnr_db.has_value() != b.output_sqnr_db.has_value()) {
    return a.output_sqnr_db.has_value();
  }
  return a.local_sqnr_db < b.local_sqnr_db;
}

}  // namespace

SensitivityResult rank_operators(const graph::Model& given, const quantize::Ranges& ranges,
                                 const Batches& batches, const SensitivityOptions& options) {
  const graph::Model model = with_names(given);
  const std::vector<std::string> nodes = quantized_nodes(model, ranges, options);
  if (nodes.empty()) {
    throw Error("nothing would be quantized", "operators_to_quantize",
                "name operators that the model has and that node_exclusion leaves");
  }
  SensitivityResult result;
  result.operators = measure_locally(model, nodes, ranges, batches, options, result.samples);
  if (result.samples == 0) throw Error("there are no samples");
  std::stable_sort(result.operators.begin(), result.operators.end(), more_damaging);

  const std::size_t verified = std::min(options.verify, result.operators.size());
  std::mutex telling;
  std::size_t done = 1;
  const auto tell = [&] {
    const std::scoped_lock lock(telling);
    ++done;
    if (!options.progress) return;
    options.progress(static_cast<double>(done) / static_cast<double>(verified + 2));
  };
  tell();
  if (verified > 0) {
    const std::vector<float> expected = outputs_of(*open(model, options), batches);
    // To quantize and to open a model takes one core, and most of the time.
    SensitivityOptions of_each = options;
    if (options.models_at_a_time > 1) of_each.threads = 1;
    parallel_for(verified, options.models_at_a_time, [&](std::size_t i) {
      Sensitivity& one = result.operators[i];
      one.output_sqnr_db =
          measure_at_outputs(model, nodes, one.node, ranges, batches, expected, of_each);
      tell();
    });
  }
  std::stable_sort(result.operators.begin(), result.operators.end(), more_damaging);
  return result;
}

WorstOperators worst_operators(const graph::Model& given, const quantize::Ranges& ranges,
                               const Batches& batches, const quantize::Approach& approach,
                               const Json& quantization) {
  WorstOperators worst;
  try {
    graph::Model model = given.clone();
    // The user can exclude no other names than those that a pass gives.
    const std::vector<std::string> naming = graph::naming_passes();
    if (graph::apply_passes(model, naming) > 0) {
      worst.naming_pass = quantbench::join(naming, ",");
    }
    const SensitivityOptions options{
        .approach = &approach, .quantization = quantization, .verify = 0};
    for (const Sensitivity& one : rank_operators(model, ranges, batches, options).operators) {
      if (std::isfinite(one.local_sqnr_db)) worst.names.push_back(one.node);
    }
  } catch (const Error&) {
    // It serves a hint. What it cannot tell of a model, it cannot tell.
  }
  return worst;
}

Json SensitivityResult::to_json() const {
  // JSON has no infinity: null says that nothing was lost.
  Json json{{"samples", samples}, {"operators", Json::array()}};
  for (const Sensitivity& one : operators) {
    Json entry{{"node", one.node},
               {"op_type", one.op_type},
               {"local_sqnr_db", finite_or_null(one.local_sqnr_db)}};
    if (one.output_sqnr_db) entry["output_sqnr_db"] = finite_or_null(*one.output_sqnr_db);
    json["operators"].push_back(std::move(entry));
  }
  return json;
}

}  // namespace quantbench::calibrate
