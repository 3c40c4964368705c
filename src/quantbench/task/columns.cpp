#include "quantbench/task/columns.h"

#include <algorithm>

#include "quantbench/base/text.h"

namespace quantbench::task {

namespace {

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

void require_column(const dataset::Split& split, const std::string& key,
                    const std::string& column) {
  if (contains(split.columns, column)) return;
  const std::string file = split.files.empty() ? std::string() : split.files[0].string();
  throw Error("no column '" + column + "', which " + key + " names", file,
              suggest(column, split.columns));
}

}  // namespace

std::optional<std::string> data_column(const TaskContext& context, const std::string& key) {
  const auto found = context.data_keys.find(key);
  if (found == context.data_keys.end() || found->is_null()) return std::nullopt;
  if (!found->is_string()) {
    throw Error("dataset.data_keys." + key + " must be a column name");
  }
  return found->get<std::string>();
}

void check_columns(const Task& task, const TaskContext& context, const dataset::Split& split) {
  std::vector<std::string> known = task.required_data_keys();
  for (const std::string& key : task.optional_data_keys()) known.push_back(key);
  if (!context.data_keys.is_object()) {
    throw Error("dataset.data_keys must map " + join(known, ", ") + " to columns");
  }
  for (const auto& entry : context.data_keys.items()) {
    if (!contains(known, entry.key())) {
      throw Error("unknown key '" + entry.key() + "' in dataset.data_keys", {},
                  suggest(entry.key(), known));
    }
  }
  for (const std::string& key : task.required_data_keys()) {
    if (!data_column(context, key)) {
      throw Error("dataset.data_keys." + key + " is missing", {},
                  "known columns: " + join_some(split.columns, ", "));
    }
  }
  for (const std::string& key : known) {
    if (const auto column = data_column(context, key)) {
      require_column(split, "dataset.data_keys." + key, *column);
    }
  }
  if (context.ref_keys.size() != 1) {
    throw Error("dataset.ref_keys names " + std::to_string(context.ref_keys.size()) +
                " columns, expected one");
  }
  require_column(split, "dataset.ref_keys", context.ref_keys[0]);
}

std::vector<std::string> data_class_names(const dataset::Split& split, const std::string& column) {
  const auto found = split.class_names.find(column);
  return found == split.class_names.end() ? std::vector<std::string>{} : found->second;
}

std::string text_of(const dataset::Example& example, const std::string& column) {
  const auto found = example.find(column);
  if (found != example.end() && found->is_string()) return found->get<std::string>();
  if (found != example.end() && found->is_number()) return found->dump();
  const bool absent = found == example.end() || found->is_null();
  throw Error("column '" + column + "' " +
              (absent ? "has no value" : std::string("is ") + found->type_name()) +
              ", expected text");
}

}  // namespace quantbench::task
