#include "quantbench/runtime/execution.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/base/isolated.h"
#include "quantbench/base/json.h"
#include "quantbench/base/text.h"
#include "quantbench/runtime/onnxruntime/load_memory.h"

namespace quantbench::runtime {

namespace {

using graph::NodeArithmetic;

/// Types of weights that a wider type may stand in for.
struct Narrow {
  std::vector<std::string_view> types;
  /// Whether a runtime may compute in a wider type what the file has in this one.
  bool may_be_widened = false;
};

const std::array<Narrow, 2>& narrow_kinds() {
  static const std::array<Narrow, 2> kinds = {
      Narrow{{"int8", "int4", "int2", "float8e4m3fn", "float8e4m3fnuz", "float8e5m2",
              "float8e5m2fnuz", "float4e2m1"}},
      Narrow{{"float16", "bfloat16"}, true},
  };
  return kinds;
}

bool is_one_of(const std::string& name, const std::vector<std::string_view>& names) {
  return std::ranges::find(names, name) != names.end();
}

bool stores(const NodeArithmetic& one, const Narrow& kind) {
  return one.is_product && is_one_of(one.weight, kind.types);
}

bool computes(const NodeArithmetic& one, const Narrow& kind) {
  return one.is_product && is_one_of(one.precision, kind.types);
}

/// The most frequent of the texts.
std::string most_frequent(const std::map<std::string, int>& counts) {
  if (counts.empty()) return {};
  return std::ranges::max_element(counts, {}, [](const auto& entry) { return entry.second; })
      ->first;
}

std::string names_of(const std::map<std::string, int>& counts) {
  std::vector<std::string> names;
  for (const auto& [name, count] : counts) names.push_back(name);
  return join(names, ", ");
}

/// What one kind of narrow weights comes to.
struct Tally {
  int stored = 0;
  std::int64_t stored_elements = 0;
  std::map<std::string, int> stored_types;
  std::map<std::string, int> stored_operators;
  int narrow = 0;   ///< executed products that compute with a narrow weight as it is stored
  int widened = 0;  ///< executed products that compute with a narrow weight in a wider type
  int left_dequantized = 0;  ///< of them, those whose input comes of a DequantizeLinear
  std::map<std::string, int> widened_operators;
  std::map<std::string, int> wide_precisions;
  std::int64_t executed_elements = 0;
  bool tells_weights = false;  ///< whether the runtime knows the weights of its operators
};

Tally tally(const std::vector<NodeArithmetic>& file, const Execution& execution,
            const Narrow& kind) {
  Tally out;
  for (const NodeArithmetic& one : file) {
    if (!stores(one, kind)) continue;
    ++out.stored;
    out.stored_elements += one.weight_elements;
    ++out.stored_types[one.weight];
    ++out.stored_operators[one.op_type];
  }
  out.tells_weights = std::ranges::any_of(
      execution.operators, [](const NodeArithmetic& one) { return !one.weight.empty(); });
  for (const NodeArithmetic& one : execution.operators) {
    if (!one.is_product) continue;
    if (stores(one, kind)) out.executed_elements += one.weight_elements;
    if (computes(one, kind)) {
      if (!out.tells_weights || !one.weight.empty()) ++out.narrow;
      continue;
    }
    ++out.wide_precisions[one.precision];
    if (!stores(one, kind)) continue;
    ++out.widened;
    ++out.widened_operators[one.op_type];
    if (one.dequantized_input) ++out.left_dequantized;
  }
  return out;
}

std::string reason_of(const Tally& counted, int folded) {
  if (!counted.tells_weights) return {};
  if (folded > counted.widened) return "the runtime turns their weights to float as it loads them";
  if (counted.left_dequantized == counted.widened) {
    return "the runtime leaves their QuantizeLinear and DequantizeLinear as they are";
  }
  if (counted.left_dequantized == 0) return "only their weights are quantized";
  return {};
}

std::string warning_of(const std::vector<NodeArithmetic>& file, const Execution& execution,
                       const Narrow& kind) {
  // Products may merge, and constants of the same content: a few elements less mean nothing.
  constexpr double kMostElements = 0.9;
  const Tally counted = tally(file, execution, kind);
  if (counted.stored == 0 || counted.wide_precisions.empty()) return {};
  int folded = 0;
  if (static_cast<double>(counted.executed_elements) <
      kMostElements * static_cast<double>(counted.stored_elements)) {
    folded = std::max(0, counted.stored - counted.narrow - counted.widened);
  }
  const int wide = counted.widened + folded;
  if (wide == 0) return {};
  const std::string type = most_frequent(counted.stored_types);
  const std::string precision = most_frequent(counted.wide_precisions);
  const bool all = wide >= counted.stored;
  const std::string reason = kind.may_be_widened ? "" : reason_of(counted, folded);
  const std::string which = !all                  ? fmt::format("{} of {}", wide, counted.stored)
                            : counted.stored == 1 ? "the only"
                                                  : fmt::format("all {}", counted.stored);
  return fmt::format(
      "stores {} and computes in {}: {} operator{} with {} weights ({}) run{} in {}{}", type,
      precision, which, counted.stored == 1 ? "" : "s", type,
      names_of(all || counted.widened == 0 ? counted.stored_operators : counted.widened_operators),
      wide == 1 ? "s" : "", precision, reason.empty() ? "" : "; " + reason);
}

/// Whether the stored graph leaves it to the runtime what some narrow weights are computed in.
bool leaves_a_choice(const std::vector<NodeArithmetic>& file) {
  return std::ranges::any_of(file, [](const NodeArithmetic& one) {
    return std::ranges::any_of(narrow_kinds(), [&](const Narrow& kind) {
      return stores(one, kind) && (kind.may_be_widened || !computes(one, kind));
    });
  });
}

}  // namespace

Execution execution_of(const Runtime& runtime, const std::filesystem::path& model,
                       const SessionOptions& options) {
  constexpr unsigned kSeconds = 1800;
  const TemporaryDirectory scratch;
  const IsolatedResult result = run_isolated(
      [&] { return to_line(record_to_json(runtime.execution(model, options, scratch.path()))); },
      {.seconds = kSeconds, .memory = load_memory_of_file(model)});
  if (!result.failure.empty()) {
    constexpr std::string_view kSaid = "failed: ";
    throw Error(result.failure.starts_with(kSaid) ? result.failure.substr(kSaid.size())
                                                  : "the runtime " + result.failure);
  }
  return record_from_json<Execution>(Json::parse(result.bytes), "execution");
}

std::vector<std::string> precision_warnings(const std::vector<NodeArithmetic>& file,
                                            const Execution& execution) {
  std::vector<std::string> out;
  for (const Narrow& kind : narrow_kinds()) {
    std::string text = warning_of(file, execution, kind);
    if (!text.empty()) out.push_back(std::move(text));
  }
  return out;
}

std::vector<std::string> precision_warnings(const Runtime& runtime,
                                            const std::filesystem::path& model,
                                            const SessionOptions& options) {
  if (!runtime.tells_precision()) return {};
  const auto file = graph::arithmetic_of(graph::Model::load(model));
  if (!leaves_a_choice(file)) return {};
  try {
    return precision_warnings(file, execution_of(runtime, model, options));
  } catch (const Error&) {
    return {};  // A model that cannot be opened fails where it is opened to be run.
  }
}

}  // namespace quantbench::runtime
