#include "cli/quantization_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "cli/parameter_flags.h"
#include "cli/terminal.h"
#include "quantbench/base/text.h"

namespace quantbench::cli {

namespace {

constexpr std::size_t kWorst = 3;  ///< number of tensors to name from a long list

/// Signal-to-noise ratio of the constants: the median and the worst.
std::string weights_line(const std::map<std::string, double>& decibels) {
  if (decibels.empty()) return {};
  std::vector<std::pair<double, std::string>> order;
  for (const auto& [tensor, value] : decibels) order.emplace_back(value, tensor);
  std::sort(order.begin(), order.end());
  const auto text = [](double value) {
    return std::isfinite(value) ? fmt::format("{:.1f} dB", value) : std::string("nothing lost");
  };
  std::vector<std::string> worst;
  for (std::size_t i = 0; i < std::min(kWorst, order.size()); ++i) {
    worst.push_back(fmt::format("{} {}", order[i].second, text(order[i].first)));
  }
  return fmt::format("signal-to-noise ratio of {} quantized constants: median {}, lowest {}\n",
                     order.size(), text(order[order.size() / 2].first), join(worst, ", "));
}

/// Activations with values outside their ranges.
std::string clipping_line(const std::map<std::string, double>& fractions) {
  if (fractions.empty()) return {};
  std::vector<std::pair<double, std::string>> order;
  for (const auto& [tensor, value] : fractions) {
    if (value > 0) order.emplace_back(value, tensor);
  }
  std::sort(order.rbegin(), order.rend());
  std::vector<std::string> worst;
  for (std::size_t i = 0; i < std::min(kWorst, order.size()); ++i) {
    worst.push_back(fmt::format("{} {:.4f} %", order[i].second, 100 * order[i].first));
  }
  return fmt::format("values clipped in {} of {} activations{}{}\n", order.size(), fractions.size(),
                     worst.empty() ? "" : ", most in ", join(worst, ", "));
}

/// Signal to quantization noise at the outputs, the worst first.
std::string outputs_line(const Json& verification) {
  if (!verification.is_object()) return {};
  const std::string with = verification.value("inputs", "");
  const Json outputs = verification.value("output_sqnr_db", Json::object());
  const auto forwards = verification.value("forwards", std::size_t{0});
  if (forwards == 0) return "loaded in ONNX Runtime, not run\n";
  std::vector<std::pair<double, std::string>> order;
  for (const auto& [output, decibels] : outputs.items()) {
    if (decibels.is_number()) order.emplace_back(decibels.get<double>(), output);
  }
  std::sort(order.begin(), order.end());
  std::vector<std::string> worst;
  for (std::size_t i = 0; i < std::min(kWorst, order.size()); ++i) {
    worst.push_back(fmt::format("{} {:.1f} dB", order[i].second, order[i].first));
  }
  return fmt::format("run with {}: {}\n", with,
                     outputs.empty() ? "it has no float output to compare"
                     : worst.empty()
                         ? "the outputs equal the float model's"
                         : "signal to quantization noise at the output " + join(worst, ", "));
}

/// "preset p: per_channel true, operators_to_quantize MatMul,Gemm": what it filled in.
std::string preset_line(const Json& preset) {
  if (!preset.is_object()) return {};
  std::vector<std::string> parts;
  for (const char* group : {"options", "calibration"}) {
    for (const auto& [key, value] : preset.at(group).items()) {
      parts.push_back(key + " " + value_text(value));
    }
  }
  return fmt::format("preset {}: {}\n", preset.at("name").get<std::string>(),
                     parts.empty() ? "every option was given" : join(parts, ", "));
}

}  // namespace

std::string quantization_table(const quantize::Report& report) {
  std::set<std::string> kinds;
  for (const auto& [kind, count] : report.quantized) kinds.insert(kind);
  for (const auto& [kind, count] : report.left) kinds.insert(kind);
  const auto count = [](const std::map<std::string, int>& counts, const std::string& kind) {
    const auto found = counts.find(kind);
    return std::to_string(found == counts.end() ? 0 : found->second);
  };
  TextTable table{{{"operator"}, {"quantized", Align::kRight}, {"left in float", Align::kRight}},
                  {}};
  for (const std::string& kind : kinds)
    table.rows.push_back({kind, count(report.quantized, kind), count(report.left, kind)});
  std::string out = table.render() + preset_line(report.preset);

  // Many nodes share a reason: print one line per reason, with the number of nodes and the first.
  std::map<std::string, std::pair<int, std::string>> reasons;
  for (const auto& left : report.left_nodes) {
    auto& [number, first] = reasons[left.op_type + ": " + left.reason];
    if (number++ == 0) first = left.node;
  }
  for (const auto& [reason, nodes] : reasons)
    out += fmt::format("left in float: {} {} ({})\n", nodes.first, reason,
                       nodes.first == 1 ? nodes.second : nodes.second + " and others");
  out += fmt::format("{} conversions inserted\n", report.conversions_inserted);
  if (report.calibration.is_object()) {
    out += fmt::format(
        "calibrated on {} samples, method {}, padding {} the statistics\n",
        report.calibration.value("samples", 0), report.calibration.value("method", ""),
        report.calibration.value("padding", "") == "left out" ? "left out of" : "counted in");
  }
  out += weights_line(report.weight_sqnr_db) + clipping_line(report.clipped_fraction);
  out += outputs_line(report.verification);
  if (report.quantized_count() == 0) out += "nothing quantized\n";
  for (const std::string& warning : report.warnings) out += "warning: " + warning + "\n";
  for (const quantize::PresetAdvice& advice : report.advice) {
    out += fmt::format(
        "hint: --preset {} leaves {} of the {} activations in float that are quantized here\n",
        advice.preset, advice.in_float, advice.activations);
  }
  return out;
}

}  // namespace quantbench::cli
