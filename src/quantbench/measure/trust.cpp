#include "quantbench/measure/trust.h"

#include <array>
#include <utility>

#include "quantbench/base/error.h"

namespace quantbench::measure {

namespace {

constexpr std::array<std::pair<Trust, std::string_view>, 4> kTrustNames = {{
    {Trust::kUnknown, "unknown"},
    {Trust::kTrusted, "trusted"},
    {Trust::kWithCare, "with care"},
    {Trust::kNot, "not to be trusted"},
}};

Trust trust_of(const std::string& name, const std::string& where) {
  for (const auto& [trust, known] : kTrustNames) {
    if (name == known) return trust;
  }
  throw Error(
      "key 'trust' is '" + name + "', expected unknown, trusted, with care or not to be trusted",
      where);
}

}  // namespace

std::string_view name_of(Trust trust) {
  for (const auto& [known, name] : kTrustNames) {
    if (trust == known) return name;
  }
  return "unknown";
}

Json Verdict::to_json() const { return {{"trust", name_of(trust)}, {"reasons", reasons}}; }

Verdict Verdict::from_json(const Json& json, const std::string& where) {
  if (!json.is_object()) throw Error("expected an object", where);
  Verdict verdict;
  verdict.trust = trust_of(require<std::string>(json, "trust", where), where);
  const auto found = json.find("reasons");
  if (found == json.end() || !found->is_array()) throw Error("'reasons' must be a list", where);
  for (const Json& reason : *found) {
    if (!reason.is_string()) throw Error("'reasons' must contain only texts", where);
    verdict.reasons.push_back(reason.get<std::string>());
  }
  return verdict;
}

}  // namespace quantbench::measure
