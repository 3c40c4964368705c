#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>

#include "quantbench/base/hash.h"
#include "quantbench/stages/registry.h"

namespace quantbench::stages {
namespace {

/// The first digits of a hash of everything that a stage's record of fields says.
std::string fingerprint(const plan::Stage& stage) {
  return sha256(stage.form_of_params() + " -> " + stage.form_of_result()).substr(0, 16);
}

/// "NAME VERSION" -> fingerprint.
std::map<std::string, std::string> table() {
  std::map<std::string, std::string> out;
  std::ifstream file(std::string(QUANTBENCH_TEST_DATA) + "/stages/versions.txt");
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream words(line);
    std::string name;
    std::string version;
    words >> name >> version;
    words >> out[name + " " + version];
  }
  return out;
}

TEST(Stages, have_another_version_when_their_fields_change) {
  const auto known = table();
  for (const std::string& name : stages().names()) {
    const plan::Stage& stage = stages().get(name);
    const std::string line = name + " " + std::to_string(stage.declaration().version);
    const auto found = known.find(line);
    if (found == known.end()) {
      ADD_FAILURE() << "add to tests/data/stages/versions.txt: " << line << " "
                    << fingerprint(stage);
      continue;
    }
    EXPECT_EQ(fingerprint(stage), found->second)
        << "the fields of stage '" << name
        << "' changed: increase the version in its declaration.\n"
        << "parameters: " << stage.form_of_params() << "\nresult: " << stage.form_of_result();
  }
}

TEST(Stages, say_what_they_make) {
  for (const std::string& name : stages().names()) {
    const plan::StageDeclaration& declared = stages().get(name).declaration();
    EXPECT_EQ(declared.name, name);
    EXPECT_NE(declared.summary.find(" -> "), std::string_view::npos) << name;
  }
}

}  // namespace
}  // namespace quantbench::stages
