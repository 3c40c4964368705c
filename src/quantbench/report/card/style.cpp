#include "quantbench/report/card/style.h"

#include <cstdint>

#include "quantbench/base/error.h"

namespace quantbench::report {

Json CardStyle::to_json() const {
  Json out = Json::object();
  if (!layout.empty()) out["layout"] = layout;
  if (rows_as_given) out["rows_as_given"] = true;
  if (!forms.empty()) out["forms"] = forms;
  if (!decimals.empty()) out["decimals"] = decimals;
  if (table_figures) out["table_figures"] = *table_figures;
  if (front_matter) out["front_matter"] = *front_matter;
  if (heading) out["heading"] = *heading;
  if (shapes) {
    out["shapes"] = Json::array();
    for (const analysis::Shape& shape : *shapes) {
      out["shapes"].push_back(Json::array({shape.batch_size, shape.input_length}));
    }
  }
  if (gap) out["gap"] = *gap;
  if (final_newlines) out["final_newlines"] = *final_newlines;
  if (crlf) out["crlf"] = true;
  if (!remarks.empty()) out["remarks"] = remarks;
  return out;
}

CardStyle CardStyle::from_json(const Json& json) {
  const auto small = [](int value) {
    if (value < 0 || value > 1000) throw Error("a number out of range", "card");
    return value;
  };
  try {
    CardStyle style;
    style.layout = json.value("layout", style.layout);
    style.rows_as_given = json.value("rows_as_given", false);
    style.crlf = json.value("crlf", false);
    style.remarks = json.value("remarks", style.remarks);
    if (json.contains("forms")) style.forms = json["forms"].get<decltype(style.forms)>();
    if (json.contains("decimals")) {
      style.decimals = json["decimals"].get<decltype(style.decimals)>();
      for (const auto& [column, digits] : style.decimals) small(digits);
    }
    using Lines = std::vector<std::string>;
    if (json.contains("table_figures")) style.table_figures = json["table_figures"].get<Lines>();
    if (json.contains("front_matter")) style.front_matter = json["front_matter"].get<Lines>();
    if (json.contains("heading")) style.heading = json["heading"].get<Lines>();
    if (json.contains("shapes")) {
      style.shapes.emplace();
      for (const Json& pair : json["shapes"]) {
        style.shapes->push_back({pair.at(0).get<std::int64_t>(), pair.at(1).get<std::int64_t>()});
      }
    }
    if (json.contains("gap")) style.gap = small(json["gap"].get<int>());
    if (json.contains("final_newlines")) {
      style.final_newlines = small(json["final_newlines"].get<int>());
    }
    return style;
  } catch (const nlohmann::json::exception&) {
    throw Error("a key has a value of the wrong type", "card");
  }
}

}  // namespace quantbench::report
