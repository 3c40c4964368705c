#include "quantbench/backend/backend.h"

#include <gmock/gmock.h>

#include <memory>

#include "quantbench/base/file.h"
#include "support/card_grid.h"
#include "support/message_of.h"

namespace quantbench::backend {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// A backend of an embedding program. It answers without running anything.
class Elsewhere final : public Backend {
 public:
  std::string summary() const override { return "another machine"; }
  store::RunResult run(const spec::Spec& spec, const execute::Options&) const override {
    store::RunResult result;
    result.spec = spec.to_json();
    return result;
  }
};

spec::Spec spec_for(const std::string& backend) {
  return spec::parse(test::card_grid("/nowhere/model", "/nowhere/data"), "test.yaml",
                     {"backend=" + backend, "backend_args={instance_type: ml.m5.2xlarge}"});
}

TEST(Backend, is_a_value_of_the_spec) {
  backends().add("elsewhere", std::make_unique<Elsewhere>());
  const store::RunResult result = backend::run(spec_for("elsewhere"), {});
  EXPECT_EQ(result.spec.at("backend"), "elsewhere");
  EXPECT_EQ(result.spec.at("backend_args"), (Json{{"instance_type", "ml.m5.2xlarge"}}));
}

TEST(Backend, gives_way_to_this_machine_with_a_warning_where_the_build_does_not_have_it) {
  const spec::Spec asked = spec_for("sagemaker-training");
  EXPECT_EQ(as_run(asked).backend, "local");
  EXPECT_EQ(as_run(asked).backend_args, Json::object());
  const TemporaryDirectory directory;
  std::vector<std::string> warnings;
  execute::Options options;
  options.store = directory.path() / "results.sqlite";
  options.cache = directory.path() / "cache";
  options.on_event = [&](const execute::Event& event) { warnings.push_back(event.message); };
  // It comes as far as this machine's own check of the model.
  EXPECT_THAT(test::message_of([&] { backend::run(asked, options); }), HasSubstr("/nowhere/model"));
  EXPECT_THAT(warnings, ElementsAre(HasSubstr("no backend 'sagemaker-training'")));
}

}  // namespace
}  // namespace quantbench::backend
