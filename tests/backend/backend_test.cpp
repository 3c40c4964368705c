#include "quantbench/backend/backend.h"

#include <gmock/gmock.h>

#include "quantbench/backend/arguments.h"
#include "quantbench/backend/run.h"
#include "quantbench/base/file.h"
#include "support/card_grid.h"
#include "support/message_of.h"

namespace quantbench::backend {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

spec::Spec spec_for(const std::string& backend) {
  return spec::parse(quantbench::test::card_grid("/nowhere/model", "/nowhere/data"), "test.yaml",
                     {"backend=" + backend, "backend_args={instance_type: ml.m5.2xlarge}"});
}

TEST(Backend, gives_way_to_this_machine_with_a_warning_where_the_build_does_not_have_it) {
  const spec::Spec asked = spec_for("elsewhere-2022");
  EXPECT_EQ(as_run(asked).backend, "local");
  EXPECT_EQ(as_run(asked).backend_args, Json::object());
  const TemporaryDirectory directory;
  std::vector<std::string> warnings;
  RunOptions options;
  options.execute.store = directory.path() / "results.sqlite";
  options.execute.cache = directory.path() / "cache";
  options.execute.on_event = [&](const execute::Event& event) {
    warnings.push_back(event.message);
  };
  // It comes as far as this machine's own check of the model.
  EXPECT_THAT(quantbench::test::message_of([&] { backend::run(asked, options); }),
              HasSubstr("/nowhere/model"));
  EXPECT_THAT(warnings, ElementsAre(HasSubstr("no backend 'elsewhere-2022'")));
}

TEST(Backend, on_this_machine_cannot_be_detached_from) {
  RunOptions options;
  options.detach = true;
  EXPECT_THAT(quantbench::test::message_of([&] { backend::run(spec_for("local"), options); }),
              HasSubstr("--detach: a run on this machine ends with its command"));
}

/// Parameters of every type that arguments have.
class Typed final : public Backend {
 public:
  std::string summary() const override { return "a place with arguments"; }
  Parameters parameters() const override {
    using Type = Parameter::Type;
    return {{.name = "name", .fallback = "none", .allowed = {"none", "some"}},
            {.name = "count", .type = Type::kInteger, .nullable = true, .minimum = 1},
            {.name = "time", .nullable = true},
            {.name = "rate", .type = Type::kNumber, .fallback = 0.5},
            {.name = "on", .type = Type::kBool, .fallback = false},
            {.name = "list", .type = Type::kStrings, .fallback = Json::array()},
            {.name = "role", .required = true}};
  }
  std::vector<std::string> public_parameters() const override { return {"count", "list"}; }
  std::unique_ptr<Jobs> open(const RunContext&) const override { return nullptr; }
};

TEST(Arguments, get_their_defaults_and_the_type_that_was_declared) {
  EXPECT_EQ(checked_arguments(Typed(), {{"role", "r"}, {"time", 30}, {"list", "one"}}),
            (Json{{"role", "r"},
                  {"time", "30"},
                  {"list", {"one"}},
                  {"name", "none"},
                  {"rate", 0.5},
                  {"on", false}}));
  EXPECT_EQ(checked_arguments(Typed(), {{"role", "r"}, {"count", nullptr}}).at("count"), Json());
}

TEST(Arguments, that_are_wrong_are_refused_by_their_key) {
  const auto refused = [](const Json& given) {
    return quantbench::test::message_of([&] { checked_arguments(Typed(), given); });
  };
  EXPECT_THAT(refused({{"role", "r"}, {"cuont", 1}}),
              HasSubstr("unknown key 'backend_args.cuont' (did you mean 'count'?)"));
  EXPECT_THAT(refused(Json::object()), HasSubstr("missing key 'backend_args.role'"));
  EXPECT_THAT(refused({{"role", "r"}, {"count", 0}}), HasSubstr("backend_args.count: is 0"));
  EXPECT_THAT(refused({{"role", "r"}, {"count", 1.5}}), HasSubstr("backend_args.count: is 1.5"));
  EXPECT_THAT(refused({{"role", "r"}, {"name", "other"}}), HasSubstr("backend_args.name"));
  EXPECT_THAT(refused({{"role", "r"}, {"on", "yes"}}), HasSubstr("backend_args.on"));
  EXPECT_THAT(refused({{"role", true}}), HasSubstr("backend_args.role: is true"));
  EXPECT_THAT(refused({{"role", "r"}, {"list", {"a", true}}}), HasSubstr("backend_args.list"));
}

TEST(Arguments, are_shown_only_where_the_backend_declares_them_public) {
  EXPECT_EQ(shown_arguments(Typed(), {{"role", "arn"}, {"count", 3}, {"time", "1"}}),
            (Json{{"count", 3}}));
}

}  // namespace
}  // namespace quantbench::backend
