#include "quantbench/measure/instructions.h"

#include <algorithm>

#include "quantbench/base/text.h"

namespace quantbench::measure {

namespace {

/// "AVX512-VNNI" -> "avx512vnni"
std::string plain(const std::string& name) {
  std::string out;
  for (const char c : to_lower(name)) {
    if (c != '-' && c != '_' && c != '.' && c != ' ') out += c;
  }
  return out;
}

bool provides(const std::string& set, const std::string& wanted) {
  const std::string name = plain(set);
  const std::string asked = plain(wanted);
  if (name == asked || name == asked + "f") return true;
  // A part of a name that has parts: vnni of avx512_vnni, amx of amx_int8.
  const std::vector<std::string> parts = split(to_lower(set), '_');
  return parts.size() > 1 && (parts.front() == "amx" ? parts.front() : parts.back()) == asked;
}

}  // namespace

std::vector<std::string> missing_instructions(const Json& facts,
                                              const std::vector<std::string>& wanted) {
  const Json sets = facts.value("instruction_sets", Json::array());
  std::vector<std::string> out;
  for (const std::string& one : wanted) {
    const bool found = std::any_of(sets.begin(), sets.end(), [&](const Json& set) {
      return set.is_string() && provides(set.get<std::string>(), one);
    });
    if (!found) out.push_back(one);
  }
  return out;
}

}  // namespace quantbench::measure
