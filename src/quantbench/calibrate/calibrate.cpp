#include "quantbench/calibrate/calibrate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <set>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/base/log.h"
#include "quantbench/base/parallel.h"
#include "quantbench/calibrate/collector.h"
#include "quantbench/calibrate/streams.h"
#include "quantbench/quantize/exclusion.h"

namespace quantbench::calibrate {

namespace {

struct Chosen {
  const Calibrator* calibrator;
  const Method* method;
};

void warn_of(const std::string& name, const TensorStatistics& statistics,
             std::vector<std::string>& warnings) {
  if (statistics.extent().non_finite > 0) {
    warnings.push_back("tensor '" + name + "': eight bits cannot hold its " +
                       std::to_string(statistics.extent().non_finite) +
                       " infinite or NaN values: no range");
  }
  if (statistics.coarsenings() > 0) {
    warnings.push_back("tensor '" + name +
                       "': its values grew so far beyond the first batch that the histogram's "
                       "resolution was halved " +
                       std::to_string(statistics.coarsenings()) + " times");
  }
}

/// What the maps of the ranges keep of a typical token, in dB.
std::map<std::string, double> token_sqnr_db(const Result& calibration,
                                            const std::map<std::string, quantize::Affine>& maps) {
  std::map<std::string, double> kept;
  for (const auto& [tensor, level] : calibration.token_level_db) {
    const auto map = maps.find(tensor);
    if (map == maps.end()) continue;
    kept[tensor] = level - 10 * std::log10(std::pow(map->second.scale, 2) / 12);
  }
  return kept;
}

/// Nodes that read or make such a tensor -> why they stay in float; without those that are excluded
/// already.
std::map<std::string, std::string> spoiled_nodes(const graph::Model& model,
                                                 const std::map<std::string, std::string>& tensors,
                                                 const std::vector<std::string>& node_exclusion) {
  std::map<std::string, std::string> nodes;
  if (tensors.empty()) return nodes;
  const auto excluded = quantize::resolve_exclusions(model, node_exclusion).nodes;
  for (const onnx::NodeProto& node : model.graph().node()) {
    if (node.name().empty() || excluded.count(node.name()) != 0) continue;
    for (const auto* of_node : {&node.output(), &node.input()}) {
      for (const std::string& tensor : *of_node) {
        const auto found = tensors.find(tensor);
        if (found == tensors.end()) continue;
        nodes.emplace(node.name(), "of '" + tensor + "' " + found->second);
      }
    }
  }
  return nodes;
}

struct Collected {
  std::unique_ptr<Collector> collector;
  std::size_t samples = 0;
  std::size_t batches = 0;
};

/// What the runtime, not the reading of samples, had to say against several streams.
struct StreamsFailed {
  std::string why;
};

/// Throws StreamsFailed, with more than one stream.
Collected collect_in(std::size_t streams, const graph::Model& model,
                     std::span<const std::string> tensors, const Batches& batches,
                     const Needs& needs, const Options& options) {
  Collected collected;
  collected.collector = std::make_unique<Collector>(model, tensors, needs, options, streams);
  std::size_t done = 0;
  const auto pass = [&](bool again) {
    const auto collect = [&](const Batch& batch) { collected.collector->collect(batch, again); };
    const auto count = [&](const Batch& batch) {
      if (!again) {
        collected.samples += batch.samples;
        ++collected.batches;
      }
      if (options.progress) options.progress(++done);
    };
    if (streams > 1) {
      const auto collect_part = [&](const Batch& part) {
        try {
          collect(part);
        } catch (const Error& error) {
          throw StreamsFailed{error.what()};
        }
      };
      in_streams(batches, streams, collect_part, count);
    } else {
      batches([&](const Batch& batch) {
        collect(batch);
        count(batch);
      });
    }
  };
  pass(false);
  if (options.collection == Collection::kAllAtOnce && !needs.histograms.empty()) pass(true);
  return collected;
}

Collected collect_all(const graph::Model& model, std::span<const std::string> tensors,
                      const Batches& batches, const Needs& needs, const Options& options) {
  const std::size_t streams = streams_of(model, needs, options);
  if (streams == 1) return collect_in(1, model, tensors, batches, needs, options);
  try {
    return collect_in(streams, model, tensors, batches, needs, options);
  } catch (const StreamsFailed& failed) {
    // A graph may hold its exporter's batch size without declaring it.
    spdlog::debug("calibrating anew with whole batches: {}", failed.why);
    return collect_in(1, model, tensors, batches, needs, options);
  }
}

}  // namespace

Result run(const graph::Model& model, std::span<const std::string> tensors, const Batches& batches,
           const Options& options) {
  std::vector<Chosen> chosen;
  Needs needs;
  for (const Method& method : options.methods) {
    chosen.push_back({&calibrators().get(method.name), &method});
    needs.merge(chosen.back().calibrator->needs(method.options));
  }
  const Collected collected = collect_all(model, tensors, batches, needs, options);
  Collector& collector = *collected.collector;
  Result result;
  result.samples = collected.samples;
  result.batches = collected.batches;
  if (result.samples == 0) throw Error("there are no calibration samples");
  result.padding_skipped = options.skip_padding;
  result.mask_carriers = collector.mask_carriers();
  result.warnings = std::move(collector.warnings());
  std::vector<std::size_t> usable;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const TensorStatistics& statistics = collector.statistics(i);
    warn_of(tensors[i], statistics, result.warnings);
    if (const auto level = statistics.token_level_db()) result.token_level_db[tensors[i]] = *level;
    if (statistics.extent().non_finite > 0) continue;
    if (!statistics.empty()) {
      usable.push_back(i);
    } else if (!collector.other_type(i)) {
      result.warnings.push_back("tensor '" + tensors[i] +
                                "' is empty in every calibration sample: no range");
    }
  }
  for (const Chosen& one : chosen) {
    std::vector<quantize::Range> ranges(usable.size());
    parallel_for(usable.size(), usable_cores(), [&](std::size_t i) {
      ranges[i] = one.calibrator->range(collector.statistics(usable[i]), one.method->options);
    });
    MethodResult made{one.method->name, {}, {}};
    for (std::size_t i = 0; i < usable.size(); ++i) {
      const std::string& name = tensors[usable[i]];
      made.ranges[name] = ranges[i];
      const auto clipped = collector.statistics(usable[i]).clipped(ranges[i]);
      if (clipped) made.clipped[name] = *clipped;
    }
    result.methods.push_back(std::move(made));
  }
  return result;
}

std::map<std::string, std::string> spoiled_tensors(
    const Result& calibration, const std::map<std::string, quantize::Affine>& activation_maps,
    double least_sqnr_db) {
  std::map<std::string, std::string> spoiled;
  for (const auto& [tensor, sqnr] : token_sqnr_db(calibration, activation_maps)) {
    if (sqnr >= least_sqnr_db) continue;
    spoiled[tensor] = fmt::format("eight bits keep only {:.1f} dB of a typical token, under {:g}",
                                  sqnr, least_sqnr_db);
  }
  for (const std::string& tensor : calibration.mask_carriers) {
    spoiled[tensor] = "the attention mask is added here; a range without padding would clip it";
  }
  return spoiled;
}

quantize::Report quantize_model(graph::Model& model, const quantize::Approach& approach,
                                const Json& given, const Result* calibration, std::size_t method,
                                double least_sqnr_db) {
  const Json operators = given.value("operators_to_quantize", Json());
  if (operators.is_array() && operators.empty()) return {};
  if (calibration == nullptr) return approach.quantize(model, given, {});
  const MethodResult& chosen = calibration->methods.at(method);
  Json options = given;
  auto exclusion = given.value("node_exclusion", std::vector<std::string>{});
  const auto maps = approach.activation_maps(model, chosen.ranges, given);
  // The calibration may know tensors of other quantizations, which this one leaves in float anyway.
  auto too_noisy = spoiled_tensors(*calibration, maps, least_sqnr_db);
  const std::vector<std::string> asked = approach.tensors_to_calibrate(model, given);
  const std::set<std::string> own(asked.begin(), asked.end());
  std::erase_if(too_noisy, [&](const auto& tensor) { return own.count(tensor.first) == 0; });
  const auto spoiled = spoiled_nodes(model, too_noisy, exclusion);
  for (const auto& [node, reason] : spoiled) exclusion.push_back(node);
  options["node_exclusion"] = exclusion;
  const std::vector<std::string> tensors = approach.tensors_to_calibrate(model, options);
  std::vector<quantize::PresetAdvice> advice = approach.advice(model, given);
  quantize::Report report = approach.quantize(model, options, chosen.ranges);
  report.advice = std::move(advice);
  for (quantize::Report::Left& left : report.left_nodes) {
    const auto found = spoiled.find(left.node);
    if (found != spoiled.end()) left.reason = found->second;
  }
  for (const std::string& tensor : tensors) {
    const auto clipped = chosen.clipped.find(tensor);
    if (clipped != chosen.clipped.end()) report.clipped_fraction.insert(*clipped);
  }
  report.calibration = {{"method", chosen.method},
                        {"samples", calibration->samples},
                        {"padding", calibration->padding_skipped ? "left out" : "counted"}};
  const std::map<std::string, double> sqnr = token_sqnr_db(*calibration, maps);
  if (!sqnr.empty()) report.calibration["token_sqnr_db"] = sqnr;
  report.warnings.insert(report.warnings.end(), calibration->warnings.begin(),
                         calibration->warnings.end());
  return report;
}

Json Result::to_json() const {
  Json json{{"samples", samples},
            {"batches", batches},
            {"padding_skipped", padding_skipped},
            {"token_level_db", token_level_db},
            {"mask_carriers", mask_carriers},
            {"warnings", warnings}};
  json["methods"] = Json::array();
  for (const MethodResult& method : methods) {
    Json entry{{"method", method.method}, {"tensors", Json::object()}};
    for (const auto& [name, range] : method.ranges) {
      Json tensor{{"low", range.low}, {"high", range.high}};
      const auto clipped = method.clipped.find(name);
      if (clipped != method.clipped.end()) tensor["clipped"] = clipped->second;
      entry["tensors"][name] = std::move(tensor);
    }
    json["methods"].push_back(std::move(entry));
  }
  return json;
}

Result Result::from_json(const Json& json, const std::string& where) {
  Result result;
  result.samples = static_cast<std::size_t>(require<std::int64_t>(json, "samples", where));
  result.batches = static_cast<std::size_t>(require<std::int64_t>(json, "batches", where));
  result.padding_skipped = require<bool>(json, "padding_skipped", where);
  const auto array = [&](const char* key) -> const Json& {
    const auto found = json.find(key);
    if (found == json.end() || !found->is_array()) {
      throw Error(std::string("missing list '") + key + "'", where);
    }
    return *found;
  };
  for (const auto& [key, list] : {std::pair("warnings", &result.warnings),
                                  std::pair("mask_carriers", &result.mask_carriers)}) {
    for (const Json& text : array(key)) {
      if (text.is_string()) list->push_back(text.get<std::string>());
    }
  }
  const Json levels = json.value("token_level_db", Json::object());
  for (const auto& [tensor, level] : levels.items()) {
    result.token_level_db[tensor] = require<double>(levels, tensor, where + ": token_level_db");
  }
  for (const Json& entry : array("methods")) {
    MethodResult method;
    method.method = require<std::string>(entry, "method", where);
    const auto tensors = entry.find("tensors");
    if (tensors == entry.end() || !tensors->is_object()) {
      throw Error("missing object 'tensors'", where);
    }
    for (const auto& [name, tensor] : tensors->items()) {
      const std::string place = where + ": " + name;
      method.ranges[name] = {static_cast<float>(require<double>(tensor, "low", place)),
                             static_cast<float>(require<double>(tensor, "high", place))};
      if (tensor.contains("clipped")) {
        method.clipped[name] = require<double>(tensor, "clipped", place);
      }
    }
    result.methods.push_back(std::move(method));
  }
  return result;
}

}  // namespace quantbench::calibrate
