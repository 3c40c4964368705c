#include "quantbench/report/replication_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "quantbench/base/text.h"
#include "quantbench/report/card/card.h"
#include "quantbench/report/markdown.h"
#include "quantbench/report/run_comparison_text.h"

namespace quantbench::report {

namespace {

/// "3 of 4 speedups agree", or that none can be judged; empty without any.
template <typename Pair>
std::string agreeing(const std::vector<Pair>& list, const std::string& what) {
  const auto count = [&](analysis::Agreement wanted) {
    return std::count_if(list.begin(), list.end(),
                         [&](const Pair& pair) { return pair.agreement == wanted; });
  };
  const auto known = static_cast<long>(list.size()) - count(analysis::Agreement::kUnknown);
  if (list.empty()) return {};
  if (known == 0) return "the noise of the " + what + "s is unknown";
  return fmt::format("{} of {} {}s agree within noise", count(analysis::Agreement::kAgrees), known,
                     what);
}

std::string speedup_table(const std::vector<analysis::SpeedupPair>& list) {
  Table table;
  add_column(table, "row", list, [](const auto& one) { return shown(one.row); });
  add_column(table, "batch x length", list, [](const auto& one) {
    return fmt::format("{} x {}", one.batch_size, one.input_length);
  });
  const auto times = [](double original, double optimized) {
    return fmt::format("{:.2f} -> {:.2f}", original, optimized);
  };
  add_column(table, "theirs (ms)", list,
             [&](const auto& one) { return times(one.their_original, one.their_optimized); });
  add_column(table, "ours (ms)", list,
             [&](const auto& one) { return times(one.our_original, one.our_optimized); });
  add_column(table, "their speedup", list,
             [](const auto& one) { return fmt::format("{:.2f}x", one.theirs); });
  add_column(table, "our speedup", list,
             [](const auto& one) { return fmt::format("{:.2f}x", one.ours); });
  add_column(table, "ours / theirs, 95 % interval", list, [](const auto& one) {
    return fmt::format("{:.2f} ({})", one.ratio.value, interval_text(one.ratio));
  });
  add_column(table, "verdict", list, [](const auto& one) { return agreement_name(one.agreement); });
  return table.to_markdown();
}

std::string change_table(const std::vector<analysis::ChangePair>& list) {
  Table table;
  add_column(table, "row", list, [](const auto& one) { return shown(one.row); });
  add_column(table, "metric", list, [](const auto& one) { return markdown::text(one.metric); });
  add_column(table, "their original", list,
             [](const auto& one) { return fixed_point(one.their_original, 3); });
  add_column(table, "our original", list,
             [](const auto& one) { return fixed_point(one.our_original, 3); });
  add_column(table, "their change", list,
             [](const auto& one) { return fmt::format("{:+.3f}", one.theirs); });
  add_column(table, "our change", list,
             [](const auto& one) { return fmt::format("{:+.3f}", one.ours); });
  add_column(table, "noise allows", list, [](const auto& one) {
    return one.noise ? fmt::format("+-{:.3f}", *one.noise) : std::string("-");
  });
  add_column(table, "verdict", list, [](const auto& one) { return agreement_name(one.agreement); });
  return table.to_markdown();
}

}  // namespace

std::string agreement_name(analysis::Agreement agreement) {
  switch (agreement) {
    case analysis::Agreement::kAgrees:
      return "agrees";
    case analysis::Agreement::kDiffers:
      return "differs";
    case analysis::Agreement::kUnknown:
      break;
  }
  return "unknown";
}

std::string replication_summary(const analysis::Replication& replication) {
  std::vector<std::string> parts = {agreeing(replication.speedups, "speedup"),
                                    agreeing(replication.changes, "metric change")};
  std::erase(parts, "");
  return parts.empty() ? "nothing to compare" : join(parts, "; ");
}

std::string replication_markdown(const analysis::Replication& replication) {
  std::string out = "# Replication\n" + replication_summary(replication) + ".\n";
  if (!replication.speedups.empty()) out += "\n## Speedups\n" + speedup_table(replication.speedups);
  if (!replication.changes.empty())
    out += "\n## Changes of the metrics\n" + change_table(replication.changes);
  out += "\n## What differs\n";
  for (const std::string& text : replication.differences) out += "* " + shown(text) + "\n";
  if (!replication.notes.empty()) out += "\n## Notes\n";
  for (const std::string& text : replication.notes) out += "* " + shown(text) + "\n";
  return out;
}

Json replication_json(const analysis::Replication& replication) {
  Json speedups = Json::array();
  for (const analysis::SpeedupPair& one : replication.speedups) {
    speedups.push_back({{"row", one.row},
                        {"parameters", one.parameters},
                        {"batch_size", one.batch_size},
                        {"input_length", one.input_length},
                        {"their_original_ms", one.their_original},
                        {"their_optimized_ms", one.their_optimized},
                        {"our_original_ms", one.our_original},
                        {"our_optimized_ms", one.our_optimized},
                        {"their_speedup", one.theirs},
                        {"our_speedup", one.ours},
                        {"ratio", one.ratio.value},
                        {"interval_95", interval_json(one.ratio)},
                        {"verdict", agreement_name(one.agreement)}});
  }
  Json changes = Json::array();
  for (const analysis::ChangePair& one : replication.changes) {
    changes.push_back({{"row", one.row},
                       {"parameters", one.parameters},
                       {"metric", one.metric},
                       {"their_original", one.their_original},
                       {"our_original", one.our_original},
                       {"their_change", one.theirs},
                       {"our_change", one.ours},
                       {"noise", one.noise ? Json(*one.noise) : Json()},
                       {"verdict", agreement_name(one.agreement)}});
  }
  return {{"speedups", speedups},
          {"metric_changes", changes},
          {"differences", replication.differences},
          {"notes", replication.notes}};
}

}  // namespace quantbench::report
