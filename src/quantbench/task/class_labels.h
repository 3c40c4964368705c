#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "quantbench/task/task.h"

namespace quantbench::task {

/// Turns a data set's labels into the model's class ids.
///
/// A label that is text is looked up in the model's labels, first as it stands and then without
/// regard to case. A label that is a number is an id of the data set: where the data set names its
/// classes (dataset_info.json, card), the class of that name is meant, as the reference aligns
/// them; where it does not, or the model's labels are the generic LABEL_0, LABEL_1, ..., ids are
/// taken as the model's.
class ClassLabels {
 public:
  /// `class_names` are the data set's for the column, empty when unknown. Throws Error when
  /// config.json's id2label and label2id contradict each other.
  ClassLabels(const TaskContext& context, std::vector<std::string> class_names);

  /// Throws Error that says the label and those the model knows.
  std::int64_t id(const Json& label) const;
  /// Name of a class id of the model: the data set's where the model has generic labels only.
  const std::string& name(std::int64_t id) const;

 private:
  std::int64_t id_of_name(const std::string& name) const;
  std::int64_t id_of_number(std::int64_t number) const;
  [[noreturn]] void refuse(const std::string& label, const std::string& why) const;

  std::vector<std::string> labels_;
  std::vector<std::string> class_names_;
  std::map<std::string, std::int64_t> ids_;
  bool generic_ = false;
};

}  // namespace quantbench::task
