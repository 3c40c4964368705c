#include "quantbench/base/json_builder.h"

#include <algorithm>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/base/json_text.h"

namespace quantbench {

namespace {

/// Objects of up to this number of keys are searched key by key, which is faster there.
constexpr std::size_t kSmallObject = 32;

}  // namespace

bool JsonBuilder::key(Json::string_t& name) {
  awaited_ = &member(name);
  return true;
}

Json& JsonBuilder::member(Json::string_t& name) {
  Open& object = open_.back();
  auto& members = object.value->get_ref<Json::object_t&>();
  if (members.size() < kSmallObject) {
    const auto found = members.find(name);
    return found != members.end() ? found->second
                                  : append_member(*object.value, std::move(name), nullptr);
  }
  if (object.places.empty()) {
    for (std::size_t i = 0; i < members.size(); ++i)
      object.places.emplace(members.data()[i].first, i);
  }
  const auto [place, is_new] = object.places.emplace(name, members.size());
  return is_new ? append_member(*object.value, std::move(name), nullptr)
                : members.data()[place->second].second;
}

Json& JsonBuilder::put(Json value) {
  if (++values_ > most_values_) {
    refuse("more than " + std::to_string(most_values_) + " values in one JSON text");
  }
  if (open_.empty()) return root_ = std::move(value);
  if (awaited_ != nullptr) return *std::exchange(awaited_, nullptr) = std::move(value);
  auto& items = open_.back().value->get_ref<Json::array_t&>();
  return items.emplace_back(std::move(value));
}

bool JsonBuilder::open(Json::value_t type) {
  if (open_.size() == kMaxJsonDepth) {
    refuse("JSON is nested deeper than " + std::to_string(kMaxJsonDepth) + " levels");
  }
  // It stays where it is: what holds it does not grow before its end.
  open_.push_back({&put(Json(type))});
  return true;
}

bool JsonBuilder::close() {
  open_.pop_back();
  return true;
}

bool JsonBuilder::parse_error(std::size_t byte, const std::string&,
                              const nlohmann::json::exception& refusal) {
  refuse_json(text_, byte, refusal, where_);
}

void JsonBuilder::refuse(const std::string& problem) const {
  throw Error(problem,
              json_place(text_, static_cast<std::size_t>(position_ - text_.data()), where_));
}

}  // namespace quantbench
