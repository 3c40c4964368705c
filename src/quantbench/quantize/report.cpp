#include "quantbench/quantize/report.h"

#include <limits>

#include "quantbench/base/error.h"

namespace quantbench::quantize {

namespace {

// JSON has no infinity; null replaces it.
Json decibels_to_json(const std::map<std::string, double>& decibels) {
  Json json = Json::object();
  for (const auto& [tensor, value] : decibels) {
    json[tensor] = finite_or_null(value);
  }
  return json;
}

std::map<std::string, double> decibels_from_json(const Json& json) {
  std::map<std::string, double> decibels;
  for (const auto& [tensor, value] : json.items()) {
    decibels[tensor] =
        value.is_null() ? std::numeric_limits<double>::infinity() : value.get<double>();
  }
  return decibels;
}

int total(const std::map<std::string, int>& counts) {
  int sum = 0;
  for (const auto& [kind, count] : counts) sum += count;
  return sum;
}

}  // namespace

int Report::quantized_count() const { return total(quantized); }
int Report::left_count() const { return total(left); }

Json Report::to_json() const {
  Json json;
  json["quantized"] = quantized;
  json["left"] = left;
  json["quantized_nodes"] = quantized_nodes;
  json["left_nodes"] = Json::array();
  for (const Left& node : left_nodes) {
    json["left_nodes"].push_back(
        {{"node", node.node}, {"op_type", node.op_type}, {"reason", node.reason}});
  }
  json["conversions_inserted"] = conversions_inserted;
  json["weight_sqnr_db"] = decibels_to_json(weight_sqnr_db);
  json["clipped_fraction"] = clipped_fraction;
  if (!calibration.is_null()) json["calibration"] = calibration;
  if (!verification.is_null()) json["verification"] = verification;
  if (!preset.is_null()) json["preset"] = preset;
  json["warnings"] = warnings;
  for (const PresetAdvice& one : advice) {
    json["advice"].push_back(
        {{"preset", one.preset}, {"activations", one.activations}, {"in_float", one.in_float}});
  }
  return json;
}

Report Report::from_json(const Json& json) {
  try {
    Report report;
    json.at("quantized").get_to(report.quantized);
    json.at("left").get_to(report.left);
    json.at("quantized_nodes").get_to(report.quantized_nodes);
    for (const Json& node : json.at("left_nodes")) {
      report.left_nodes.push_back({node.at("node"), node.at("op_type"), node.at("reason")});
    }
    json.at("conversions_inserted").get_to(report.conversions_inserted);
    // Older reports do not have these.
    report.weight_sqnr_db = decibels_from_json(json.value("weight_sqnr_db", Json::object()));
    json.value("clipped_fraction", Json::object()).get_to(report.clipped_fraction);
    report.calibration = json.value("calibration", Json());
    report.verification = json.value("verification", Json());
    report.preset = json.value("preset", Json());
    json.at("warnings").get_to(report.warnings);
    for (const Json& one : json.value("advice", Json::array())) {
      report.advice.push_back({one.at("preset"), one.at("activations"), one.at("in_float")});
    }
    return report;
  } catch (const Json::exception& error) {
    throw Error(std::string("not a quantization report: ") + error.what());
  }
}

}  // namespace quantbench::quantize
