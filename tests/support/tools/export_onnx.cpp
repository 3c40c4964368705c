// Exports checkpoints for the oracles: one JSON object a line on standard input,
//   {"checkpoint": DIRECTORY, "task": NAME, "opset": N, "output": FILE},
// one line out for each: "ok", or the error.
#include <iostream>
#include <string>

#include "quantbench/base/error.h"
#include "quantbench/base/json.h"
#include "quantbench/model/architecture.h"

int main() {
  using quantbench::Json;
  std::string line;
  while (std::getline(std::cin, line)) {
    try {
      const Json request = quantbench::parse_json(line, "standard input");
      const auto checkpoint = quantbench::checkpoint::Checkpoint::open(
          quantbench::require<std::string>(request, "checkpoint", "request"));
      const auto opset = quantbench::require<std::int64_t>(request, "opset", "request");
      quantbench::model::export_onnx(
          checkpoint, {.task = quantbench::require<std::string>(request, "task", "request"),
                       .opset = static_cast<int>(opset)})
          .save(quantbench::require<std::string>(request, "output", "request"));
      std::cout << "ok" << std::endl;
    } catch (const quantbench::Error& error) {
      std::cout << error.what() << std::endl;
    }
  }
  return 0;
}
