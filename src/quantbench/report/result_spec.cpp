#include "quantbench/report/result_spec.h"

#include <initializer_list>

#include "quantbench/report/card/import/card_spec.h"
#include "quantbench/spec/spec.h"
#include "quantbench/spec/yaml_writer.h"

namespace quantbench::report {

namespace {

std::string lines(const Json& object) {
  std::string out;
  for (const auto& [key, value] : object.items()) out += spec::yaml_line(key, value);
  return out;
}

Json chosen(const Json& object, std::initializer_list<const char*> keys) {
  Json out = Json::object();
  for (const char* key : keys) {
    const Json value = object.value(key, Json());
    if (!value.is_null() && !(value.is_structured() && value.empty())) out[key] = value;
  }
  return out;
}

}  // namespace

std::string spec_of_result(const Document& result) {
  if (result.is_imported()) return spec_of_card(result);
  return "# Written from the results of run " + spec::yaml_flow(result.run_id) + ".\n" +
         lines(chosen(result.spec, {"task", "task_args"})) + "\n# Fixed parameters\n" +
         lines(result.fixed) + "\n# Benchmarked parameters\n" + lines(result.benchmarked) +
         "\n# Measurement\n" +
         lines(chosen(result.spec,
                      {"metrics", "batch_sizes", "input_lengths", "streams", "time_benchmark_args",
                       "max_eval_samples", "eval_batch_size", "protocol", "explain", "strategy",
                       "strategy_args", "layout", "backend", "backend_args", spec::kPricePerHour}));
}

}  // namespace quantbench::report
