#include "quantbench/base/parameter.h"

#include <gtest/gtest.h>

#include "quantbench/base/error.h"
#include "quantbench/base/fields.h"

namespace quantbench {
namespace {

TEST(Parameter, of_integers_may_take_words_in_the_place_of_numbers) {
  Parameter streams{.name = "streams", .type = Parameter::Type::kIntegers, .known = {"cores"}};
  EXPECT_EQ(expectation(streams), "a list of integers or cores");
  streams.type = Parameter::Type::kInteger;
  streams.minimum = 1;
  EXPECT_EQ(expectation(streams), "an integer of at least 1 or cores");
}

enum class Colour { kRed, kBlue };

struct Options {
  bool fast = true;
  int count = 3;
  double share = 0.5;
  std::string name = "x";
  std::vector<std::string> kinds = {"a"};
  std::map<std::string, std::int64_t> axes = {{"MatMul", 1}};
  std::optional<bool> symmetric;
  Colour colour = Colour::kBlue;
};

Fields<Options> fields() {
  return Fields<Options>()
      .add(&Options::fast, {.name = "fast"})
      .add(&Options::count, {.name = "count"})
      .add(&Options::share, {.name = "share"})
      .add(&Options::name, {.name = "name"})
      .add(&Options::kinds, {.name = "kinds"})
      .add(&Options::axes, {.name = "axes"})
      .add(&Options::symmetric, {.name = "symmetric"})
      .choice(&Options::colour, {{"red", Colour::kRed}, {"blue", Colour::kBlue}},
              {.name = "colour"});
}

TEST(Fields, declare_each_member_with_its_type_and_the_default_of_the_struct) {
  const Parameters all = fields().parameters();
  using Type = Parameter::Type;
  const std::vector<Type> types = {Type::kBool,    Type::kInteger, Type::kNumber, Type::kString,
                                   Type::kStrings, Type::kMap,     Type::kBool,   Type::kString};
  ASSERT_EQ(all.size(), types.size());
  for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(all[i].type, types[i]) << all[i].name;
  EXPECT_EQ(find_parameter(all, "count")->fallback, 3);
  EXPECT_EQ(find_parameter(all, "colour")->fallback, "blue");
  EXPECT_EQ(find_parameter(all, "colour")->allowed, (std::vector<std::string>{"red", "blue"}));
  EXPECT_TRUE(find_parameter(all, "symmetric")->nullable);
  EXPECT_FALSE(find_parameter(all, "fast")->nullable);
}

TEST(Fields, write_what_they_read) {
  const Json given =
      Json::parse(R"({"fast": false, "count": 7, "share": 0.25, "name": "y", "kinds": [], )"
                  R"("axes": {"Conv": 0, "MatMul": 1}, "symmetric": true, "colour": "red"})");
  const Options options = fields().read(given);
  EXPECT_EQ(options.colour, Colour::kRed);
  EXPECT_EQ(options.symmetric, true);
  EXPECT_EQ(fields().write(options), given);
}

TEST(Fields, leave_defaults_where_nothing_is_given_and_add_to_those_of_a_map) {
  EXPECT_EQ(fields().write(fields().read({{"count", nullptr}})), fields().write(Options{}));
  const Options options = fields().read({{"axes", {{"Conv", 0}}}});
  EXPECT_EQ(options.axes, (std::map<std::string, std::int64_t>{{"Conv", 0}, {"MatMul", 1}}));
}

TEST(Fields, name_the_key_whose_value_has_another_type) {
  try {
    fields().read({{"count", "many"}});
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "count: is \"many\", expected an integer of at least 0");
  }
}

TEST(AddDeclared, keeps_once_what_several_plug_ins_declare) {
  Parameters all;
  add_declared(all, {{.name = "type", .fallback = "int8", .allowed = {"int8"}}}, "one");
  add_declared(all,
               {{.name = "type", .fallback = "int8", .allowed = {"int8", "uint8"}},
                {.name = "bins", .type = Parameter::Type::kInteger, .fallback = 128}},
               "two");
  add_declared(all, {{.name = "bins", .type = Parameter::Type::kInteger, .fallback = 2048}},
               "three");
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].allowed, (std::vector<std::string>{"int8", "uint8"}));
  EXPECT_EQ(all[0].owners, (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(all[0].fallback, "int8");
  // Each fills in its own.
  EXPECT_FALSE(all[1].has_fallback());
  EXPECT_EQ(all[1].fallback_help, "two: 128, three: 2048");
}

TEST(AddDeclared, refuses_two_types_under_one_name) {
  Parameters all;
  add_declared(all, {{.name = "bins"}}, "one");
  EXPECT_THROW(add_declared(all, {{.name = "bins", .type = Parameter::Type::kBool}}, "two"), Error);
}

TEST(Condition, looks_at_defaults_and_at_what_values_imply) {
  const Parameters all = {
      {.name = "padding", .fallback = "longest", .implies = {{"masked", {{"mask", true}}}}},
      {.name = "mask", .type = Parameter::Type::kBool, .fallback = false},
      {.name = "least", .type = Parameter::Type::kNumber, .when = {{"mask", {true}}}}};
  const auto fails = [&](const Json& given) {
    return failed_condition(all[2], effective_values(all, given)) != nullptr;
  };
  EXPECT_TRUE(fails(Json::object()));
  EXPECT_FALSE(fails({{"mask", true}}));
  EXPECT_FALSE(fails({{"padding", "masked"}}));
}

}  // namespace
}  // namespace quantbench
