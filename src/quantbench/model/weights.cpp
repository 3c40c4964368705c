#include "quantbench/model/weights.h"

namespace quantbench::model {

namespace {

/// "x.LayerNorm.weight" -> "x.LayerNorm.gamma"; "" if the name has no such older form.
std::string tensorflow_name(const std::string& name) {
  for (const auto& [now, before] : {std::pair<std::string, std::string>{".weight", ".gamma"},
                                    std::pair<std::string, std::string>{".bias", ".beta"}}) {
    if (name.ends_with("LayerNorm" + now)) {
      return name.substr(0, name.size() - now.size()) + before;
    }
  }
  return {};
}

}  // namespace

std::string Weights::name_in_checkpoint(const std::string& name) const {
  std::vector<std::string> candidates = {name};
  if (name.starts_with(prefix_)) candidates.push_back(name.substr(prefix_.size()));
  for (const std::string& candidate : candidates) {
    if (checkpoint_.find(candidate) != nullptr) return candidate;
    const std::string older = tensorflow_name(candidate);
    if (!older.empty() && checkpoint_.find(older) != nullptr) return older;
  }
  return name;
}

const checkpoint::Tensor& Weights::get(const std::string& name,
                                       const std::vector<std::int64_t>& shape) const {
  return checkpoint_.get(name_in_checkpoint(name), shape);
}

}  // namespace quantbench::model
