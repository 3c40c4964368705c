// Every tests/data/specs/bad/NAME.yaml is refused with exactly the text of NAME.error beside it. A
// first line "# --set key=value" is applied as an override. A new case is two new files.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/base/text.h"
#include "quantbench/spec/spec.h"

namespace quantbench::spec {
namespace {

const std::filesystem::path kDirectory = std::filesystem::path(QUANTBENCH_TEST_DATA) / "specs/bad";

std::vector<std::string> cases() {
  std::vector<std::string> names;
  for (const auto& file : std::filesystem::directory_iterator(kDirectory)) {
    if (file.path().extension() == ".yaml") names.push_back(file.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string refusal_of(const std::string& name) {
  const std::string text = read_text(kDirectory / (name + ".yaml"));
  std::vector<std::string> overrides;
  constexpr std::string_view kSet = "# --set ";
  if (text.starts_with(kSet)) {
    overrides.push_back(text.substr(kSet.size(), text.find('\n') - kSet.size()));
  }
  try {
    parse(text, name + ".yaml", overrides);
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

class BadSpec : public testing::TestWithParam<std::string> {};

TEST_P(BadSpec, is_refused_with_the_text_beside_it) {
  const std::filesystem::path expected = kDirectory / (GetParam() + ".error");
  ASSERT_TRUE(std::filesystem::exists(expected)) << "the refusal is: " << refusal_of(GetParam());
  EXPECT_EQ(refusal_of(GetParam()), trim(read_text(expected)));
}

INSTANTIATE_TEST_SUITE_P(Files, BadSpec, testing::ValuesIn(cases()),
                         [](const auto& one) { return one.param; });

}  // namespace
}  // namespace quantbench::spec
