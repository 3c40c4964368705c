#include "quantbench/plan/builder.h"

#include "quantbench/base/hash.h"
#include "quantbench/base/version.h"

namespace quantbench::plan {

std::string stage_key(const Stage& stage, const Json& params,
                      const std::vector<std::string>& needs) {
  const Json whole = {{"stage", stage.name()},
                      {"version", stage.declaration().version},
                      {"quantbench", version()},
                      {"params", params},
                      {"needs", needs}};
  return sha256(to_line(whole));
}

std::string key_beside(const std::string& key, const std::string& other) {
  return key == other ? key : sha256(key + " beside " + other);
}

std::size_t Builder::add(PlannedStage planned) {
  std::vector<std::string> needs;
  for (const std::size_t need : planned.needs) needs.push_back(stages_.at(need).key);
  planned.key = stage_key(*planned.stage, planned.params, needs);
  if (planned.beside) planned.key = key_beside(planned.key, stages_.at(*planned.beside).key);
  const auto [found, is_new] = index_.emplace(planned.key, stages_.size());
  if (is_new) stages_.push_back(std::move(planned));
  return found->second;
}

std::string in_words(const spec::Cell& cell) {
  std::string out;
  for (const auto& [key, value] : cell.parameters.items()) {
    if (value.is_null()) continue;
    if (!out.empty()) out += ", ";
    out += key + "=" + python_repr(value);
  }
  return out;
}

}  // namespace quantbench::plan
