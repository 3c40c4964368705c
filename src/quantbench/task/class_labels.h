#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "quantbench/task/task.h"

namespace quantbench::task {

/// Turns a data set's labels into the model's class ids.
///
/// A text label is looked up in the model's labels, first exactly, then ignoring case. Another text
/// counts as the value that it writes: an id, or (for two classes) "True" or "False". False and
/// true are the classes of these names, else 0 and 1. A number is an id of the data set. If the
/// data set has class names (dataset_info.json, card), the id means the model's class of the same
/// name, as in the reference. Without class names, or if the model's labels are the generic
/// LABEL_0, LABEL_1, ..., ids of the data set are ids of the model.
class ClassLabels {
 public:
  /// `class_names` are the data set's names for the column; empty if unknown. Throws Error if
  /// config.json's id2label and label2id contradict each other.
  ClassLabels(const TaskContext& context, std::vector<std::string> class_names);

  /// Throws Error naming the label and the model's labels.
  std::int64_t id(const Json& label) const;
  /// Name of a model's class id. If the model has only generic labels, the data set's name.
  const std::string& name(std::int64_t id) const;
  /// Whether `id` took ids of the data set for ids of a model whose classes have names. The figures
  /// mean nothing if data set and model count their classes in different orders.
  bool took_ids_without_names() const { return ids_without_names_; }

 private:
  std::optional<std::int64_t> known_name(const std::string& name) const;
  std::int64_t id_of_name(const std::string& name) const;
  std::int64_t id_of_number(std::int64_t number) const;
  std::int64_t id_of_bool(bool value) const;
  /// The value that a text writes, which the model does not have as a label.
  std::optional<Json> value_written_as(const std::string& text) const;
  bool only_counted(const std::vector<std::string>& names) const;
  [[noreturn]] void refuse_name(const std::string& name) const;
  [[noreturn]] void refuse(const std::string& label, const std::string& why) const;

  std::vector<std::string> labels_;
  std::vector<std::string> class_names_;
  std::map<std::string, std::int64_t> ids_;
  bool generic_ = false;
  mutable std::atomic<bool> ids_without_names_ = false;
};

}  // namespace quantbench::task
