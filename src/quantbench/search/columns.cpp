#include "quantbench/search/columns.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/base/text.h"

namespace quantbench::search {

namespace {

constexpr std::size_t kRowsSeen = 20;

using CanBe = std::function<bool(const Json& cell)>;

/// The data set's column of a usual name, in whatever case.
std::optional<std::string> column_called(const Sight& sight, const std::string& name) {
  const auto found = std::ranges::find_if(
      sight.columns, [&](const std::string& column) { return to_lower(column) == name; });
  return found == sight.columns.end() ? std::nullopt : std::optional(*found);
}

/// Whether the cells of a column can be what is looked for, as far as they are seen.
bool fits(const Sight& sight, const std::string& column, const CanBe& can_be) {
  if (!can_be) return true;
  return std::ranges::all_of(sight.rows, [&](const dataset::Example& row) {
    const auto cell = row.find(column);
    return cell == row.end() || cell->is_null() || can_be(*cell);
  });
}

bool has_class_names(const Sight& sight, const std::string& column) {
  const auto found = sight.class_names.find(column);
  return found != sight.class_names.end() && !found->second.empty();
}

/// Whether the model has a label for each class of the column; false if the classes have no names.
bool classes_are_labels(const Sight& sight, const std::string& column,
                        const std::vector<std::string>& labels) {
  if (!has_class_names(sight, column)) return false;
  std::set<std::string> known;
  for (const std::string& label : labels) known.insert(to_lower(label));
  return std::ranges::all_of(sight.class_names.at(column), [&](const std::string& name) {
    return known.contains(to_lower(name));
  });
}

std::string columns_there(const Sight& sight) {
  return "columns there: " + join_some(sight.columns, ", ");
}

/// How to name a missing column: the column that nearly has a usual name, and all columns.
std::string remedy(const Sight& sight, const std::vector<std::string>& usual,
                   const std::string& option) {
  for (const std::string& column : sight.columns) {
    const std::string near = nearest(column, usual);
    if (near.empty() || near == to_lower(column)) continue;
    return "did you mean '" + column + "'? " + option + "; " + columns_there(sight);
  }
  return option + "; " + columns_there(sight);
}

void require_column(const Sight& sight, const std::string& column, const std::string& option) {
  if (std::ranges::find(sight.columns, column) != sight.columns.end()) return;
  throw Error("no column '" + column + "' in " + sight.where, option,
              suggest(column, sight.columns));
}

std::vector<std::string> keys_of(const task::Task& task) {
  std::vector<std::string> keys = task.required_data_keys();
  for (const std::string& key : task.optional_data_keys()) keys.push_back(key);
  return keys;
}

void check_given(const task::Task& task, const Json& given, const Sight& sight) {
  const std::vector<std::string> known = keys_of(task);
  for (const auto& [key, column] : given.items()) {
    if (std::ranges::find(known, key) == known.end()) {
      throw Error("the task has no data key '" + key + "'", "--data-keys", suggest(key, known));
    }
    require_column(sight, column.get<std::string>(), "--data-keys " + key);
  }
  for (const std::string& key : task.required_data_keys()) {
    if (!given.contains(key)) {
      throw Error("no column for '" + key + "'", "--data-keys",
                  key + "=COLUMN; " + columns_there(sight));
    }
  }
}

/// The columns of one list of usual names; nullopt: the data set lacks one.
std::optional<Json> called_as(const task::Task& task, const std::vector<std::string>& names,
                              const task::UsualColumns& usual, const Sight& sight,
                              const std::string& label) {
  const std::vector<std::string> keys = keys_of(task);
  Json found = Json::object();
  for (std::size_t i = 0; i < names.size() && i < keys.size(); ++i) {
    const auto column = column_called(sight, names[i]);
    if (!column || *column == label || !fits(sight, *column, usual.can_be_data)) return {};
    found[keys[i]] = *column;
  }
  return found;
}

/// Columns that can hold a sample, by what they hold.
std::vector<std::string> possible_data(const task::UsualColumns& usual, const Sight& sight,
                                       const std::string& label) {
  static const std::set<std::string> kIds = {"id", "idx", "index", "uid", "guid", "uuid"};
  std::vector<std::string> possible;
  for (const std::string& column : sight.columns) {
    const bool is_label = column == label || has_class_names(sight, column) ||
                          std::ranges::find(usual.label, to_lower(column)) != usual.label.end();
    const bool is_seen = std::ranges::any_of(sight.rows, [&](const auto& row) {
      return row.contains(column) && !row[column].is_null();
    });
    if (!is_label && is_seen && !kIds.contains(to_lower(column)) &&
        fits(sight, column, usual.can_be_data)) {
      possible.push_back(column);
    }
  }
  return possible;
}

}  // namespace

Sight Sight::of(const dataset::Split& split, std::string where) {
  return {.where = std::move(where),
          .columns = split.columns,
          .class_names = split.class_names,
          .rows = split.read(0, std::min(kRowsSeen, split.size()))};
}

Finding find_label(const task::Task& task, const std::string& given, const Sight& sight,
                   const std::vector<std::string>& labels) {
  if (!given.empty()) {
    require_column(sight, given, "--label");
    return {"label", given, "as given"};
  }
  const task::UsualColumns usual = task.usual_columns();
  std::vector<std::string> possible;
  for (const std::string& name : usual.label) {
    const auto column = column_called(sight, name);
    if (column && fits(sight, *column, usual.can_be_label)) possible.push_back(*column);
  }
  for (const std::string& column : possible) {
    if (classes_are_labels(sight, column, labels)) {
      return {"label", column, "its classes are the model's labels"};
    }
  }
  if (!possible.empty()) return {"label", possible.front(), "a usual name of the task's labels"};
  for (const std::string& column : sight.columns) {
    if (has_class_names(sight, column) && fits(sight, column, usual.can_be_label)) {
      possible.push_back(column);
    }
  }
  if (possible.size() == 1) return {"label", possible.front(), "the only column with classes"};
  throw Error("no column is known to hold the labels", sight.where,
              remedy(sight, usual.label, "--label COLUMN") +
                  "; --inputs in place of --dataset: samples without labels");
}

Json with_keys(const task::Task& task, Json data_keys, const std::vector<std::string>& columns) {
  const std::vector<std::string> keys = keys_of(task);
  if (columns.size() > keys.size()) {
    throw Error(std::to_string(columns.size()) + " columns for " + join(keys, ", "), "--data-keys",
                "name them: " + keys.front() + "=COLUMN");
  }
  for (std::size_t i = 0; i < columns.size(); ++i) data_keys[keys[i]] = columns[i];
  return data_keys;
}

Json find_data_keys(const task::Task& task, const Json& given, const Sight& sight,
                    const std::string& label) {
  if (!given.empty()) {
    check_given(task, given, sight);
    return given;
  }
  const task::UsualColumns usual = task.usual_columns();
  const std::vector<std::string> required = task.required_data_keys();
  std::vector<std::string> names;
  for (const std::vector<std::string>& list : usual.data) {
    if (const auto found = called_as(task, list, usual, sight, label)) return *found;
    names.insert(names.end(), list.begin(), list.end());
  }
  const std::vector<std::string> possible = possible_data(usual, sight, label);
  if (required.size() == 1 && possible.size() == 1) {
    Json found = Json::object();
    found[required.front()] = possible.front();
    return found;
  }
  std::string option = "--data-keys ";
  for (const std::string& key : required) {
    option += (key == required.front() ? "" : ",") + key + "=COLUMN";
  }
  throw Error("no column is known to hold the task's " + join(required, " and "), sight.where,
              remedy(sight, names, option));
}

}  // namespace quantbench::search
