#include "quantbench/report/machines.h"

#include <algorithm>
#include <optional>
#include <set>

#include "quantbench/analysis/answer.h"
#include "quantbench/analysis/cost.h"
#include "quantbench/analysis/row_name.h"
#include "quantbench/base/text.h"
#include "quantbench/report/answer_text.h"
#include "quantbench/report/labels.h"

namespace quantbench::report {

namespace {

std::string cpu_of(const store::RunResult& result) {
  return analysis::text_of(result.machine.value("cpu", Json("unknown CPU")));
}

Json argument(const store::RunResult& result, const std::string& key) {
  const Json args = result.spec.value("backend_args", Json::object());
  return args.is_object() ? args.value(key, Json()) : Json();
}

/// Keys of backend_args that are not the same for all machines.
std::set<std::string> differing_arguments(const std::vector<const store::RunResult*>& machines) {
  std::set<std::string> out;
  for (const store::RunResult* machine : machines) {
    const Json args = machine->spec.value("backend_args", Json::object());
    if (!args.is_object()) continue;
    for (const auto& [key, value] : args.items()) {
      for (const store::RunResult* other : machines) {
        if (argument(*other, key) != value) out.insert(key);
      }
    }
  }
  return out;
}

/// "name", "name 2", ...
std::string distinct(const std::string& name, const std::string& gap,
                     const std::vector<std::string>& taken) {
  std::string out = name;
  for (int number = 2; std::find(taken.begin(), taken.end(), out) != taken.end(); ++number) {
    out = name + gap + std::to_string(number);
  }
  return out;
}

/// "intel-r-xeon-r-platinum-8375c", as the name of a directory.
std::string directory_name(const std::string& text) {
  std::string out;
  for (const char c : to_lower(text)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (plain) out += c;
    if (!plain && !out.empty() && out.back() != '-') out += '-';
  }
  while (!out.empty() && out.back() == '-') out.pop_back();
  return out.empty() ? "machine" : out;
}

/// Of the rows that the machines' answers name, the one that costs least; empty where fewer than
/// two machines have a price.
std::string cheapest(const std::vector<const store::RunResult*>& machines,
                     const std::vector<std::string>& names) {
  std::size_t priced = 0;
  std::string out;
  std::optional<double> lowest;
  for (std::size_t i = 0; i < machines.size(); ++i) {
    const auto answer = analysis::answer(*machines[i]);
    if (!answer) continue;
    const auto cost = analysis::cost_of(*machines[i], *answer);
    if (!cost) continue;
    ++priced;
    // A row that loses more than accepted cannot be chosen.
    if (!answer->within || (lowest && *lowest <= cost->row.per_million)) continue;
    lowest = cost->row.per_million;
    out = "The cheapest of these: " + analysis::row_names(*machines[i])[answer->choice.row] +
          " on " + names[i] + ", " + money(*lowest) + " for a million inferences.";
  }
  return priced < 2 ? std::string() : out;
}

}  // namespace

std::vector<const store::RunResult*> machines_of(const Document& document) {
  std::vector<const store::RunResult*> out = {&document};
  for (const store::RunResult& other : document.other_machines) out.push_back(&other);
  return out;
}

std::vector<std::string> machine_names(const Document& document) {
  const std::vector<const store::RunResult*> machines = machines_of(document);
  const std::set<std::string> keys = differing_arguments(machines);
  std::vector<std::string> out;
  for (const store::RunResult* machine : machines) {
    std::vector<std::string> parts;
    for (const std::string& key : keys) {
      const Json value = argument(*machine, key);
      if (!value.is_null()) parts.push_back(analysis::plain_text(value));
    }
    const std::string cpu = cpu_of(*machine);
    out.push_back(distinct(parts.empty() ? cpu : join(parts, ", ") + " (" + cpu + ")", ", ", out));
  }
  return out;
}

std::vector<std::string> machine_directories(const Document& document) {
  std::vector<std::string> out;
  for (const store::RunResult& other : document.other_machines) {
    out.push_back(distinct(directory_name(cpu_of(other)), "-", out));
  }
  return out;
}

std::vector<std::string> machine_answers(const Document& document) {
  if (document.other_machines.empty()) return {};
  const std::vector<const store::RunResult*> machines = machines_of(document);
  const std::vector<std::string> names = machine_names(document);
  std::vector<std::string> out;
  for (std::size_t i = 0; i < machines.size(); ++i) {
    out.push_back("On " + names[i] + ": " + short_answer(*machines[i]));
  }
  if (std::string last = cheapest(machines, names); !last.empty()) out.push_back(std::move(last));
  return out;
}

}  // namespace quantbench::report
