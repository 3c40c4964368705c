#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "quantbench/base/json.h"

namespace quantbench::measure {

/// How far a timing can be trusted.
enum class Trust {
  kUnknown,   ///< not judged: a card, or a result of an older version
  kTrusted,   ///< "trusted"
  kWithCare,  ///< "with care"
  kNot        ///< "not to be trusted"
};

/// "unknown", "trusted", "with care", "not to be trusted".
std::string_view name_of(Trust trust);

/// The verdict on one timing.
struct Verdict {
  Trust trust = Trust::kUnknown;
  /// Why it is not simply trusted, each a sentence that a person can act on.
  std::vector<std::string> reasons = {};

  /// {"trust": name, "reasons": [..]}
  Json to_json() const;
  /// Throws Error naming `where` and the key that is missing, of the wrong type or not a known
  /// name.
  static Verdict from_json(const Json& json, const std::string& where);
};

}  // namespace quantbench::measure
