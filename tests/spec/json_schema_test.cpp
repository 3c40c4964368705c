// What is generated from the declarations is what docs/ holds. After a change of the keys:
//   quantbench schema > docs/spec.schema.json, and the table of docs/spec.md anew from
//   quantbench schema --markdown
#include "quantbench/spec/json_schema.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "quantbench/base/file.h"
#include "quantbench/spec/key_table.h"

namespace quantbench::spec {
namespace {

const std::filesystem::path kDocs =
    std::filesystem::path(QUANTBENCH_TEST_DATA).parent_path().parent_path() / "docs";

TEST(JsonSchema, of_the_spec_is_the_one_in_docs) {
  EXPECT_EQ(read_text(kDocs / "spec.schema.json"), json_schema(spec_keys()).dump(2) + "\n");
}

TEST(KeyTable, of_the_spec_is_the_one_in_docs) {
  EXPECT_NE(read_text(kDocs / "spec.md").find("\n\n" + key_table(spec_keys()) + "\n"),
            std::string::npos);
}

TEST(JsonSchema, has_each_key_with_its_help_and_its_default) {
  const Json schema = json_schema(spec_keys());
  for (const auto& [name, property] : schema.at("properties").items()) {
    EXPECT_TRUE(property.contains("description")) << name;
  }
  const Json& calibration = schema.at("properties").at("calibration").at("anyOf").at(0);
  EXPECT_EQ(calibration.at("properties").at("method").at("default"), "minmax");
  EXPECT_EQ(calibration.at("additionalProperties"), false);
  EXPECT_EQ(calibration.at("required"), Json::array({"num_calibration_samples"}));
}

}  // namespace
}  // namespace quantbench::spec
