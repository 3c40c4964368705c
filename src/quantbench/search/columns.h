#pragma once

#include <string>
#include <vector>

#include "quantbench/base/json.h"
#include "quantbench/dataset/dataset.h"
#include "quantbench/search/discover.h"
#include "quantbench/task/task.h"

namespace quantbench::search {

/// The first samples of a split, to see what its columns hold.
struct Sight {
  std::string where;  ///< the data set, for messages
  std::vector<std::string> columns;
  dataset::ClassNames class_names = {};
  std::vector<dataset::Example> rows = {};

  static Sight of(const dataset::Split& split, std::string where);
};

/// The column of the label: the given one, or the one that the task's usual names and the class
/// names of the data set fit. `labels`: the model's. Throws Error.
Finding find_label(const task::Task& task, const std::string& given, const Sight& sight,
                   const std::vector<std::string>& labels);

/// `data_keys` and these columns, which stand in the order of the task's keys. Throws Error for
/// more columns than the task has keys.
Json with_keys(const task::Task& task, Json data_keys, const std::vector<std::string>& columns);

/// The columns of the task's data keys: {"primary": "sentence"}. Throws Error.
Json find_data_keys(const task::Task& task, const Json& given, const Sight& sight,
                    const std::string& label);

}  // namespace quantbench::search
