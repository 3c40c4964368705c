#include "quantbench/report/document.h"

#include "quantbench/base/error.h"
#include "quantbench/report/answer_text.h"

namespace quantbench::report {

namespace {

Json list_in(const Json& json, const std::string& where) {
  const Json others = json.value("other_machines", Json::array());
  if (!others.is_array()) throw Error("key 'other_machines' is not a list", where);
  return others;
}

}  // namespace

Json Document::to_json() const {
  Json out = store::RunResult::to_json();
  out["card"] = style.to_json();
  out["answer"] = answer_json(*this);
  for (const store::RunResult& other : other_machines) {
    out["other_machines"].push_back(Document(other).to_json());
  }
  return out;
}

Document Document::from_json(const Json& json, const std::string& where) {
  Document out(store::RunResult::from_json(json, where));
  for (const Json& other : list_in(json, where)) {
    out.other_machines.push_back(store::RunResult::from_json(other, where + ": other_machines"));
  }
  const auto card = json.find("card");
  if (card == json.end()) return out;
  if (!card->is_object()) throw Error("key 'card' is not an object", where);
  out.style = with_context(where, [&] { return CardStyle::from_json(*card); });
  return out;
}

}  // namespace quantbench::report
