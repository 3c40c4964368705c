// calibration_dump: reads one JSON request a line, writes one JSON answer a line.
//
//   {"batches": ["file of float32", ..], "collection": "each_batch" | "all_at_once",
//    "threads": 1, "methods": [{"method": "percentile", "percentile": 99.9, "histogram_bins": 64,
//                               "quantized_bins": 128, "averaging_constant": 0.01,
//                               "symmetric": true}, ..]}
//   {"ranges": [[low, high], ..], "histograms": [{"counts": [..], "edges": [..]}, ..]}
#include <cstring>
#include <iostream>

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/base/json.h"
#include "quantbench/base/parallel.h"
#include "quantbench/calibrate/calibrator.h"

using namespace quantbench;
using namespace quantbench::calibrate;

namespace {

MethodOptions read_options(const Json& method) {
  MethodOptions options;
  options.percentile = method.value("percentile", options.percentile);
  options.quantized_bins = method.value("quantized_bins", options.quantized_bins);
  options.averaging_constant = method.value("averaging_constant", options.averaging_constant);
  if (method.contains("histogram_bins")) options.histogram_bins = method["histogram_bins"];
  if (method.contains("symmetric")) options.symmetric = method["symmetric"].get<bool>();
  return options;
}

std::vector<float> read_batch(const std::string& path) {
  const auto bytes = MappedFile::open(path);
  std::vector<float> values(bytes->bytes().size() / sizeof(float));
  if (!values.empty()) std::memcpy(values.data(), bytes->bytes().data(), bytes->bytes().size());
  return values;
}

Json answer(const Json& request) {
  const auto collection =
      request["collection"] == "all_at_once" ? Collection::kAllAtOnce : Collection::kEachBatch;
  const std::size_t threads = request.value("threads", std::size_t{1});
  Workspace workspace(
      threads, [&](std::size_t count, const auto& body) { parallel_for(count, threads, body); });
  Needs needs;
  for (const Json& method : request["methods"]) {
    needs.merge(calibrators().get(method["method"].get<std::string>()).needs(read_options(method)));
  }
  TensorStatistics statistics(needs, collection);
  const auto each = [&](const auto& body) {
    for (const Json& path : request["batches"]) body(read_batch(path.get<std::string>()));
  };
  each([&](const auto& batch) { statistics.add(Selection(batch), workspace); });
  if (statistics.needs_second_pass()) {
    each([&](const auto& batch) { statistics.add_again(Selection(batch), workspace); });
  }
  Json result{{"ranges", Json::array()}, {"histograms", Json::array()}};
  for (const Json& method : request["methods"]) {
    const Calibrator& calibrator = calibrators().get(method["method"].get<std::string>());
    const MethodOptions options = read_options(method);
    const quantize::Range range = calibrator.range(statistics, options);
    result["ranges"].push_back({range.low, range.high});
    const Needs its = calibrator.needs(options);
    if (its.histograms.empty()) {
      result["histograms"].push_back(nullptr);
      continue;
    }
    const Histogram& histogram = statistics.histogram(its.histograms[0]);
    result["histograms"].push_back(
        {{"counts",
          std::vector<std::int64_t>(histogram.counts().begin(), histogram.counts().end())},
         {"edges", std::vector<float>(histogram.edges().begin(), histogram.edges().end())}});
  }
  return result;
}

}  // namespace

int main() {
  std::string line;
  while (std::getline(std::cin, line)) {
    Json result;
    try {
      result = answer(parse_json(line, "request"));
    } catch (const Error& error) {
      result = Json{{"error", error.what()}};
    }
    std::cout << result.dump() << std::endl;
  }
}
