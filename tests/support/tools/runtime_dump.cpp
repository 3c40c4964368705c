// Runs models for the oracles and benchmarks: reads one JSON request a line, writes one JSON answer
// a line. The model opened last is kept, so that repeated requests time it warm.
//
//   {"runtime": "pytorch", "model": PATH, "task": NAME, "threads": 1,
//    "inputs": [{"name": "input_ids", "shape": [1, 2], "ids": [5, 6]},
//               {"name": "pixel_values", "shape": [1, 3, 32, 32], "values": [0.5, ..]}],
//    "repeat": 10}
//   {"outputs": {"logits": {"shape": [1, 2], "values": [..]}}, "milliseconds": [.., ..]}
//
// With "repeat" the inputs are bound once and run that many times; milliseconds has one wall time a
// run. Without "inputs": the previous request's inputs. "arguments" has the runtime's own.
#include <chrono>
#include <iostream>

#include "quantbench/base/error.h"
#include "quantbench/base/json.h"
#include "quantbench/runtime/session.h"

using namespace quantbench;

namespace {

class Opened {
 public:
  const runtime::Session& session(const Json& request) {
    const Json arguments = request.value("arguments", Json::object());
    const std::string key = to_line({request.at("runtime"), request.at("model"), request.at("task"),
                                     request.at("threads"), arguments});
    if (key != key_) {
      session_ = runtime::runtimes()
                     .get(request.at("runtime").get<std::string>())
                     .open(request.at("model").get<std::string>(),
                           {.optimization_level = 99,
                            .intra_op_num_threads = request.at("threads").get<int>(),
                            .task = request.at("task").get<std::string>(),
                            .arguments = arguments});
      key_ = key;
    }
    return *session_;
  }

 private:
  std::string key_;
  std::unique_ptr<runtime::Session> session_;
};

struct State {
  Opened opened;
  std::vector<runtime::NamedTensor> inputs;
};

std::vector<runtime::NamedTensor> read_inputs(const Json& inputs) {
  std::vector<runtime::NamedTensor> out;
  for (const Json& input : inputs) {
    runtime::Tensor tensor{input.at("shape").get<std::vector<std::int64_t>>(), {}};
    if (input.contains("ids")) {
      tensor.values = input["ids"].get<std::vector<std::int64_t>>();
    } else {
      tensor.values = input.at("values").get<std::vector<float>>();
    }
    out.push_back({input.at("name").get<std::string>(), std::move(tensor)});
  }
  return out;
}

Json answer(const Json& request, State& state) {
  const runtime::Session& session = state.opened.session(request);
  if (request.contains("inputs")) state.inputs = read_inputs(request["inputs"]);
  const auto& inputs = state.inputs;
  Json result{{"outputs", Json::object()}, {"milliseconds", Json::array()}};
  const auto outputs = session.run(inputs);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    result["outputs"][session.output_names()[i]] = {
        {"shape", outputs[i].shape}, {"values", std::get<std::vector<float>>(outputs[i].values)}};
  }
  const auto bound = session.bind(inputs);
  for (int i = 0; i < request.value("repeat", 0); ++i) {
    const auto start = std::chrono::steady_clock::now();
    bound->run();
    const std::chrono::duration<double, std::milli> taken =
        std::chrono::steady_clock::now() - start;
    result["milliseconds"].push_back(taken.count());
  }
  return result;
}

}  // namespace

int main() {
  State state;
  std::string line;
  while (std::getline(std::cin, line)) {
    Json result;
    try {
      result = answer(parse_json(line, "request"), state);
    } catch (const Error& error) {
      result = Json{{"error", error.what()}};
    }
    std::cout << to_line(result) << std::endl;
  }
}
