#include "quantbench/report/document.h"

#include "quantbench/base/error.h"
#include "quantbench/report/answer_text.h"

namespace quantbench::report {

Json Document::to_json() const {
  Json out = store::RunResult::to_json();
  out["card"] = style.to_json();
  out["answer"] = answer_json(*this);
  return out;
}

Document Document::from_json(const Json& json, const std::string& where) {
  Document out(store::RunResult::from_json(json, where));
  const auto card = json.find("card");
  if (card == json.end()) return out;
  if (!card->is_object()) throw Error("key 'card' is not an object", where);
  out.style = with_context(where, [&] { return CardStyle::from_json(*card); });
  return out;
}

}  // namespace quantbench::report
