#include "quantbench/runtime/inspection.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/base/json.h"
#include "quantbench/graph/type_names.h"

namespace quantbench::runtime {

namespace {

using Facts = std::map<std::string, std::string>;

void compare_facts(const std::string& what, const Facts& before, const Facts& after,
                   std::vector<Difference>& out) {
  std::set<std::string> names;
  for (const auto& [name, value] : before) names.insert(name);
  for (const auto& [name, value] : after) names.insert(name);
  const auto value_of = [](const Facts& facts, const std::string& name) {
    const auto found = facts.find(name);
    return found == facts.end() ? std::string() : found->second;
  };
  for (const std::string& name : names) {
    std::string old = value_of(before, name);
    std::string now = value_of(after, name);
    if (old != now) out.push_back({what, name, std::move(old), std::move(now)});
  }
}

Facts file_facts(const graph::Contents& contents) {
  Facts facts = {{"IR version", std::to_string(contents.ir_version)},
                 {"producer", contents.producer},
                 {"producer version", contents.producer_version},
                 {"domain", contents.domain},
                 {"model version", std::to_string(contents.model_version)},
                 {"graph", contents.graph_name},
                 {"nodes", std::to_string(contents.nodes)},
                 {"subgraphs", std::to_string(contents.subgraphs)}};
  for (const auto& [domain, version] : contents.opsets) {
    facts["opset " + domain] = std::to_string(version);
  }
  for (const auto& function : contents.functions) {
    facts["function " + function.name] = fmt::format("{} nodes", function.nodes);
  }
  return facts;
}

Facts tensor_facts(const std::vector<graph::DeclaredTensor>& tensors) {
  Facts facts;
  for (const auto& tensor : tensors) facts[tensor.name] = tensor.type + " " + to_line(tensor.shape);
  return facts;
}

Facts operator_facts(const graph::Contents& contents) {
  Facts facts;
  for (const auto& [kind, count] : contents.operators) facts[kind] = std::to_string(count);
  return facts;
}

Facts executed_facts(const Inspection& inspection) {
  if (!inspection.execution) return {};
  std::map<std::string, int> counts;
  for (const auto& one : inspection.execution->operators) {
    ++counts[one.op_type + " in " + one.precision];
  }
  Facts facts;
  for (const auto& [name, count] : counts) facts[name] = std::to_string(count);
  return facts;
}

std::string form_of(const graph::Initializer* constant) {
  if (constant == nullptr) return {};
  return graph::element_type_name(constant->type) + " " + to_line(Json(constant->shape));
}

void compare_constants(const graph::Model& before, const graph::Model& after,
                       std::vector<Difference>& out) {
  std::set<std::string> names(before.initializer_names().begin(), before.initializer_names().end());
  names.insert(after.initializer_names().begin(), after.initializer_names().end());
  for (const std::string& name : names) {
    const graph::Initializer* old = before.find_initializer(name);
    const graph::Initializer* now = after.find_initializer(name);
    std::string old_form = form_of(old);
    std::string now_form = form_of(now);
    if (old_form != now_form) {
      out.push_back({"constant", name, std::move(old_form), std::move(now_form)});
    } else if (!std::ranges::equal(old->data.bytes, now->data.bytes)) {
      out.push_back({"constant", name, std::move(old_form), now_form + ", other values"});
    }
  }
}

}  // namespace

Inspection inspect(const graph::Model& model, const std::filesystem::path& file,
                   const Runtime& runtime, const SessionOptions& options) {
  if (!runtime.tells_precision()) {
    throw Error("the framework does not tell in which precision it runs a model");
  }
  Inspection out{.contents = graph::contents_of(model)};
  try {
    out.execution = execution_of(runtime, file, options);
    out.warnings = precision_warnings(graph::arithmetic_of(model), *out.execution);
  } catch (const Error& error) {
    out.failure = error.problem();
  }
  return out;
}

std::vector<PrecisionGroup> by_precision(const Execution& execution) {
  std::map<std::string, PrecisionGroup> groups;
  for (const auto& one : execution.operators) {
    PrecisionGroup& group = groups[one.precision];
    group.precision = one.precision;
    ++group.operators;
    if (one.is_product) ++group.products;
    ++group.kinds[one.op_type];
  }
  std::vector<PrecisionGroup> out;
  for (auto& [precision, group] : groups) out.push_back(std::move(group));
  std::ranges::stable_sort(out, std::greater<>(), [](const PrecisionGroup& group) {
    return std::pair(group.products, group.operators);
  });
  return out;
}

std::vector<Difference> differences(const graph::Model& before_model, const Inspection& before,
                                    const graph::Model& after_model, const Inspection& after) {
  const auto metadata = [](const Inspection& one) {
    return Facts(one.contents.metadata.begin(), one.contents.metadata.end());
  };
  std::vector<Difference> out;
  compare_facts("file", file_facts(before.contents), file_facts(after.contents), out);
  compare_facts("metadata", metadata(before), metadata(after), out);
  compare_facts("input", tensor_facts(before.contents.inputs), tensor_facts(after.contents.inputs),
                out);
  compare_facts("output", tensor_facts(before.contents.outputs),
                tensor_facts(after.contents.outputs), out);
  compare_constants(before_model, after_model, out);
  compare_facts("operator", operator_facts(before.contents), operator_facts(after.contents), out);
  compare_facts("executed operator", executed_facts(before), executed_facts(after), out);
  return out;
}

}  // namespace quantbench::runtime
