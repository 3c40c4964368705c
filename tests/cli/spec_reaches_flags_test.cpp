// A spec can say what the flags of `quantize` can, and benchmark it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/option_names.h"
#include "cli/parameter_flags.h"
#include "quantbench/calibrate/parameters.h"
#include "quantbench/quantize/approach.h"
#include "quantbench/spec/schema.h"
#include "quantbench/spec/spec.h"
#include "quantbench/spec/yaml_writer.h"

namespace quantbench::cli {
namespace {

/// Flags of `quantize` whose key in a spec has another name, or stands elsewhere.
const std::map<std::string, std::string> kKeys = {
    {"--dataset", "dataset.path"},
    {"--dataset-revision", "dataset.revision"},
    {"--dataset-name", "dataset.name"},
    {"--opset", "framework_args.opset"},
};
/// Flags that say where files are, not how to quantize. A spec has no ONNX file as its model: the
/// checkpoint has the tokenizer, and the data set the samples.
const std::vector<std::string> kFiles = {"--output", "--report", "--tokenizer",
                                         "--calibration-data"};

/// The key with that path, "calibration.method"; nullptr if a spec has none.
const spec::Key* key_at(const spec::Schema& keys, const std::string& path) {
  const std::size_t dot = path.find('.');
  const spec::Key* key = find_parameter(keys, path.substr(0, dot));
  if (key == nullptr || dot == std::string::npos) return key;
  return key_at(key->keys, path.substr(dot + 1));
}

/// Whether a key of the spec, or of one of its maps, has the flag.
bool has_key(const spec::Schema& keys, const std::string& flag) {
  return std::any_of(keys.begin(), keys.end(), [&](const spec::Key& key) {
    return flag_of(key) == flag || "--" + key.name == flag || has_key(key.keys, flag);
  });
}

std::vector<std::string> flags_of_quantize() {
  CLI::App app;
  Context context;
  commands().get("quantize").add_to(app, context);
  std::vector<std::string> flags;
  for (const CLI::Option* option : app.get_subcommand("quantize")->get_options()) {
    if (option->get_lnames().empty() || option->get_lnames().front() == "help") continue;
    flags.push_back("--" + option->get_lnames().front());
  }
  return flags;
}

TEST(Quantize, has_no_flag_that_a_spec_cannot_say) {
  const spec::Schema keys = spec::spec_keys();
  const std::vector<std::string> flags = flags_of_quantize();
  EXPECT_GT(flags.size(), 30U);
  for (const std::string& flag : flags) {
    if (std::find(kFiles.begin(), kFiles.end(), flag) != kFiles.end()) continue;
    const auto elsewhere = kKeys.find(flag);
    if (elsewhere != kKeys.end()) {
      EXPECT_NE(key_at(keys, elsewhere->second), nullptr) << flag;
      continue;
    }
    // A flag without a value that stands for one: --qoperator.
    const bool shorthand = std::any_of(keys.begin(), keys.end(), [&](const spec::Key& key) {
      return key.shorthands.contains(flag.substr(2));
    });
    EXPECT_TRUE(shorthand || has_key(keys, flag)) << flag << " has no key of the spec";
  }
}

TEST(Quantize, has_a_flag_for_each_parameter_of_the_spec) {
  const std::vector<std::string> flags = flags_of_quantize();
  std::vector<Parameter> parameters = quantize::approach_parameters();
  for (const Parameter& parameter : calibrate::calibration_parameters()) {
    parameters.push_back(parameter);
  }
  for (const Parameter& parameter : parameters) {
    EXPECT_THAT(flags, ::testing::Contains(flag_of(parameter)));
  }
}

/// Two values that the parameter takes, or fewer.
std::vector<Json> two_values(const Parameter& parameter) {
  std::vector<Json> values;
  switch (parameter.type) {
    case Parameter::Type::kBool:
      return {true, false};
    case Parameter::Type::kString:
      for (const std::string& value : parameter.allowed) values.push_back(value);
      if (values.size() > 2) values.resize(2);
      return values;
    case Parameter::Type::kInteger:
      return {static_cast<std::int64_t>(parameter.minimum) + 2,
              static_cast<std::int64_t>(parameter.minimum) + 3};
    case Parameter::Type::kNumber:
      return {parameter.maximum / 2, parameter.maximum / 4};
    case Parameter::Type::kStrings:
      return {Json::array({parameter.known.at(0)}), Json::array({parameter.known.at(1)})};
    case Parameter::Type::kMap:
      return {Json{{parameter.known.at(0), 0}}, Json{{parameter.known.at(0), 1}}};
    default:
      return {};
  }
}

spec::Spec spec_with(const std::vector<std::string>& overrides) {
  return spec::parse(
      "task: text-classification\nname_or_path: m\ndataset: {path: d, eval_split: v, "
      "calibration_split: t, data_keys: {primary: sentence}, ref_keys: [label]}\n",
      "s", overrides);
}

TEST(Spec, benchmarks_every_option_of_every_approach) {
  int benchmarked = 0;
  for (const std::string& name : quantize::approaches().names()) {
    const quantize::Approach& approach = quantize::approaches().get(name);
    for (const Parameter& parameter : approach.parameters()) {
      const std::vector<Json> values = two_values(parameter);
      if (values.size() < 2) continue;
      std::vector<std::string> overrides = {"quantization_approach=" + name};
      if (approach.calibrates()) overrides.push_back("calibration={num_calibration_samples: 8}");
      for (const Condition& condition : parameter.when) {
        overrides.push_back(condition.key + "=" + spec::yaml_flow(condition.values.at(0)));
      }
      overrides.push_back(parameter.name + "=" + spec::yaml_flow(Json(values)));
      const spec::Spec spec = spec_with(overrides);
      ASSERT_EQ(spec.cells.size(), 2U) << name << " " << parameter.name;
      for (std::size_t i = 0; i < 2; ++i) {
        EXPECT_EQ(spec.cells[i].quantization[parameter.name], values[i]) << parameter.name;
      }
      ++benchmarked;
    }
  }
  EXPECT_GT(benchmarked, 20);
}

TEST(Spec, benchmarks_every_option_of_every_calibration_method) {
  const Parameters parameters = calibrate::calibration_parameters();
  int benchmarked = 0;
  for (const Parameter& parameter : parameters) {
    const std::vector<Json> values = two_values(parameter);
    ASSERT_EQ(values.size(), 2U) << parameter.name;
    Json list = Json::array();
    for (const Json& value : values) {
      Json one{{"num_calibration_samples", 8}};
      if (!parameter.owners.empty()) one["method"] = parameter.owners.front();
      for (const Condition& condition : parameter.when) one[condition.key] = condition.values.at(0);
      one[parameter.name] = value;
      list.push_back(std::move(one));
    }
    const spec::Spec spec =
        spec_with({"quantization_approach=static", "calibration=" + spec::yaml_flow(list)});
    ASSERT_EQ(spec.cells.size(), 2U) << parameter.name;
    for (std::size_t i = 0; i < 2; ++i) {
      EXPECT_EQ((*spec.cells[i].calibration)[parameter.name], values[i]) << parameter.name;
    }
    ++benchmarked;
  }
  EXPECT_GT(benchmarked, 10);
}

}  // namespace
}  // namespace quantbench::cli
