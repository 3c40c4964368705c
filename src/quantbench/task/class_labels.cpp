#include "quantbench/task/class_labels.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/base/text.h"
#include "quantbench/checkpoint/label_ids.h"

namespace quantbench::task {

namespace {

bool is_generic(const std::vector<std::string>& labels) {
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (to_lower(labels[i]) != "label_" + std::to_string(i)) return false;
  }
  return true;
}

}  // namespace

ClassLabels::ClassLabels(const TaskContext& context, std::vector<std::string> class_names)
    : labels_(context.labels),
      class_names_(std::move(class_names)),
      generic_(is_generic(context.labels)) {
  for (std::size_t i = 0; i < labels_.size(); ++i) {
    ids_.emplace(labels_[i], static_cast<std::int64_t>(i));
  }
  const auto label2id = context.config.find("label2id");
  if (label2id != context.config.end() && label2id->is_object()) {
    const std::string where = (context.model_directory / "config.json").string();
    for (const auto& [name, value] : label2id->items()) {
      // transformers loads any label2id. id2label counts, and entries that it lacks mean nothing.
      const auto id = checkpoint::id_in_label2id(value);
      if (!id || *id < 0 || *id >= static_cast<std::int64_t>(labels_.size())) continue;
      const auto known = ids_.emplace(name, *id).first;
      if (known->second != *id) {
        throw Error("id2label and label2id disagree on '" + name + "'", where);
      }
    }
  }
  // Exact names win over names that differ only in case.
  std::vector<std::pair<std::string, std::int64_t>> lowered;
  for (const auto& [name, id] : ids_) lowered.emplace_back(to_lower(name), id);
  for (auto& [name, id] : lowered) ids_.emplace(name, id);
  // ClassLabel(num_classes=2) names its classes "0" and "1".
  if (only_counted(class_names_)) class_names_.clear();
}

bool ClassLabels::only_counted(const std::vector<std::string>& names) const {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] != std::to_string(i) || ids_.contains(names[i])) return false;
  }
  return true;
}

void ClassLabels::refuse(const std::string& label, const std::string& why) const {
  constexpr std::size_t kShown = 20;
  std::vector<std::string> shown(
      labels_.begin(), labels_.begin() + static_cast<long>(std::min(kShown, labels_.size())));
  if (labels_.size() > kShown) shown.push_back("...");
  throw Error("label " + label + " " + why, {}, "the model's labels: " + join(shown, ", "));
}

std::optional<std::int64_t> ClassLabels::known_name(const std::string& name) const {
  if (const auto found = ids_.find(name); found != ids_.end()) return found->second;
  if (const auto found = ids_.find(to_lower(name)); found != ids_.end()) return found->second;
  return std::nullopt;
}

void ClassLabels::refuse_name(const std::string& name) const {
  refuse("'" + name + "'", "is not in the model's label2id");
}

std::int64_t ClassLabels::id_of_name(const std::string& name) const {
  if (const auto known = known_name(name)) return *known;
  const auto own = std::find(class_names_.begin(), class_names_.end(), name);
  if (generic_ && own != class_names_.end()) return id_of_number(own - class_names_.begin());
  if (const auto written = value_written_as(name)) return id(*written);
  refuse_name(name);
}

std::optional<Json> ClassLabels::value_written_as(const std::string& text) const {
  const std::string_view value = trim(text);
  if (value != text) return Json(std::string(value));
  // Of more than two classes, "True" tells none.
  const std::string lowered = to_lower(value);
  if ((lowered == "true" || lowered == "false") && labels_.size() == 2) {
    return Json(lowered == "true");
  }
  std::int64_t number = 0;
  const char* const end = value.data() + value.size();
  const auto [read, failure] = std::from_chars(value.data(), end, number);
  if (failure == std::errc() && read == end) return Json(number);
  return std::nullopt;
}

std::int64_t ClassLabels::id_of_bool(bool value) const {
  // The classes may be called so, in any order.
  const auto found = ids_.find(value ? "true" : "false");
  return found != ids_.end() ? found->second : id_of_number(value ? 1 : 0);
}

std::int64_t ClassLabels::id_of_number(std::int64_t number) const {
  const std::string label = std::to_string(number);
  if (number == -1) refuse(label, "means \"unlabelled\", as in GLUE's test splits");
  if (!class_names_.empty() && !generic_) {
    if (number < 0 || number >= static_cast<std::int64_t>(class_names_.size())) {
      refuse(label,
             "is not a class of the data set, which has " + std::to_string(class_names_.size()));
    }
    const std::string& name = class_names_[static_cast<std::size_t>(number)];
    if (const auto known = known_name(name)) return *known;
    refuse_name(name);
  }
  if (!generic_) ids_without_names_ = true;
  if (number < 0 || number >= static_cast<std::int64_t>(labels_.size())) {
    refuse(label, "is not an id in the model's label2id");
  }
  return number;
}

const std::string& ClassLabels::name(std::int64_t id) const {
  const auto index = static_cast<std::size_t>(id);
  return generic_ && index < class_names_.size() ? class_names_[index] : labels_.at(index);
}

std::int64_t ClassLabels::id(const Json& label) const {
  if (label.is_string()) return id_of_name(label.get<std::string>());
  if (label.is_number_integer()) return id_of_number(label.get<std::int64_t>());
  if (label.is_boolean()) return id_of_bool(label.get<bool>());
  if (label.is_number_float()) {
    // A data set often writes a column of ids with a missing value as 1.0, 0.0.
    const double number = label.get<double>();
    if (number == std::floor(number) && std::fabs(number) < 1e9) {
      return id_of_number(static_cast<std::int64_t>(number));
    }
  }
  refuse(to_line(label), "must be a class name or id");
}

}  // namespace quantbench::task
