#include "quantbench/checkpoint/label_ids.h"

#include <charconv>
#include <string_view>

#include "quantbench/base/text.h"

namespace quantbench::checkpoint {

std::optional<std::int64_t> id_in_label2id(const Json& value) {
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (!value.is_string()) return std::nullopt;
  const std::string_view text = trim(value.get_ref<const std::string&>());
  std::int64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return id;
}

std::vector<std::string> labels_of_label2id(const Json& config) {
  const auto label2id = config.find("label2id");
  if (label2id == config.end() || !label2id->is_object()) return {};
  std::vector<std::string> names(label2id->size());
  std::vector<bool> seen(names.size());
  for (const auto& [name, value] : label2id->items()) {
    const auto id = id_in_label2id(value);
    if (!id || *id < 0 || *id >= static_cast<std::int64_t>(names.size()) || seen[*id]) return {};
    seen[*id] = true;
    names[*id] = name;
  }
  return names;
}

}  // namespace quantbench::checkpoint
