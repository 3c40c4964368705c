#include "quantbench/base/record.h"

#include <gtest/gtest.h>

#include <cmath>

#include "support/message_of.h"

namespace quantbench {
namespace {

struct Place {
  std::string path;
  std::optional<std::string> name;

  static constexpr auto fields() {
    return std::tuple(field("path", &Place::path), field("name", &Place::name));
  }
};

struct Own {
  int value = 0;
  Json to_json() const { return {{"value", value}}; }
  static Own from_json(const Json& json) { return {json.at("value").get<int>()}; }
};

struct Everything {
  bool flag = false;
  std::int64_t count = 0;
  std::size_t size = 0;
  double share = 0;
  std::string text;
  std::filesystem::path file;
  Json anything;
  Place place;
  std::vector<Place> places;
  std::map<std::string, double> figures;
  Own own;
  Json predictions;

  static constexpr auto fields() {
    return std::tuple(field("flag", &Everything::flag), field("count", &Everything::count),
                      field("size", &Everything::size), field("share", &Everything::share),
                      field("text", &Everything::text), field("file", &Everything::file),
                      field("anything", &Everything::anything), field("place", &Everything::place),
                      field("places", &Everything::places), field("figures", &Everything::figures),
                      field("own", &Everything::own),
                      large_field("predictions", &Everything::predictions));
  }
};

Everything example() {
  return {true,
          -3,
          7,
          0.25,
          "text",
          "/a/b",
          {{"k", {1, nullptr}}},
          {"here", "first"},
          {{"there", std::nullopt}},
          {{"accuracy", 0.5}},
          {4},
          {0, 1, 1}};
}

std::string message_of_reading(const Json& json) {
  return test::message_of([&] { record_from_json<Everything>(json, "result"); });
}

TEST(Record, reads_back_what_it_writes) {
  const Json json = record_to_json(example());
  EXPECT_EQ(to_line(json),
            R"({"flag":true,"count":-3,"size":7,"share":0.25,"text":"text","file":"/a/b",)"
            R"("anything":{"k":[1,null]},"place":{"path":"here","name":"first"},)"
            R"("places":[{"path":"there","name":null}],"figures":{"accuracy":0.5},)"
            R"("own":{"value":4},"predictions":[0,1,1]})");
  EXPECT_EQ(record_to_json(record_from_json<Everything>(json, "result")), json);
}

TEST(Record, keeps_figures_that_are_not_finite_as_null_and_reads_them_as_nan) {
  Everything unknown = example();
  unknown.figures["pearsonr"] = std::nan("");
  const Json json = record_to_json(unknown);
  EXPECT_EQ(json.at("figures").at("pearsonr"), nullptr);
  EXPECT_TRUE(std::isnan(record_from_json<Everything>(json, "result").figures.at("pearsonr")));
}

TEST(Record, names_the_field_that_is_missing_or_of_another_kind) {
  const Json good = record_to_json(example());
  Json bad = good;
  bad.erase("share");
  EXPECT_EQ(message_of_reading(bad), "result.share: is missing");
  bad = good;
  bad["places"][0]["path"] = 7;
  EXPECT_EQ(message_of_reading(bad), "result.places[0].path: is number, expected a string");
  bad = good;
  bad["own"] = Json::object();
  EXPECT_TRUE(message_of_reading(bad).starts_with("result.own: "));
  bad = good;
  bad["size"] = -1;
  EXPECT_EQ(message_of_reading(bad), "result.size: is -1, which is out of range");
  EXPECT_EQ(message_of_reading(Json::array()), "result: is array, expected an object");
}

TEST(Record, every_value_of_a_wrong_kind_is_an_error_and_no_other_exception) {
  const Json good = record_to_json(example());
  const std::vector<Json> wrong = {nullptr, true, -1, 1.5, "text", Json::array({1}), {{"k", 1}}};
  for (const auto& [key, value] : good.items()) {
    for (const Json& other : wrong) {
      Json bad = good;
      bad[key] = other;
      try {
        record_from_json<Everything>(bad, "result");
      } catch (const Error&) {
        continue;
      }
    }
  }
}

TEST(Record, moves_what_is_moved_in) {
  Everything large = example();
  large.text = std::string(100, 'x');
  const char* place = large.text.data();
  Json json = record_to_json(std::move(large));
  EXPECT_EQ(json.at("text").get_ref<const std::string&>().data(), place);
  const Json* first = &json.at("predictions").at(0);
  const Everything back = record_from_json<Everything>(std::move(json), "result");
  EXPECT_EQ(&back.predictions.at(0), first);
}

TEST(Record, leaves_large_fields_out_and_reads_the_rest) {
  Json json = record_to_json(example());
  without_large_fields<Everything>(json);
  EXPECT_EQ(json.at("predictions"), nullptr);
  EXPECT_EQ(record_from_json<Everything>(json, "result").count, -3);
  Json of_another_kind = Json::array();
  without_large_fields<Everything>(of_another_kind);
  EXPECT_EQ(of_another_kind, Json::array());
}

TEST(Record, tells_its_form) {
  EXPECT_EQ(form<Place>(), "{path: string, name: string?}");
  EXPECT_EQ(
      form<Everything>(),
      "{flag: boolean, count: integer, size: integer, share: number, text: string, file: path, "
      "anything: any, place: {path: string, name: string?}, places: [{path: string, name: "
      "string?}], figures: {*: number}, own: {value: integer}, predictions: any}");
}

}  // namespace
}  // namespace quantbench
