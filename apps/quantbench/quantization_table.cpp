#include "quantbench/quantization_table.h"

#include <fmt/format.h>

#include <map>
#include <set>

#include "quantbench/terminal.h"

namespace quantbench::cli {

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
  std::string out = table.render();

  // Many nodes share a reason: one line a reason, with how many and the first of them.
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
    out +=
        fmt::format("calibrated on {} samples, method {}, padding {} in the statistics\n",
                    report.calibration.value("samples", 0), report.calibration.value("method", ""),
                    report.calibration.value("padding", ""));
  }
  if (report.quantized_count() == 0) out += "nothing quantized\n";
  for (const std::string& warning : report.warnings) out += "warning: " + warning + "\n";
  return out;
}

}  // namespace quantbench::cli
