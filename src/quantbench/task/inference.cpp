#include "quantbench/task/inference.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "quantbench/base/error.h"
#include "quantbench/base/text.h"
#include "quantbench/model/architecture.h"
#include "quantbench/task/task.h"

namespace quantbench::task {

namespace {

/// Class names of transformers: "BertForSequenceClassification".
std::vector<std::string> classes_of(const Json& config) {
  std::vector<std::string> names;
  const auto found = config.is_object() ? config.find("architectures") : config.end();
  if (found == config.end() || !found->is_array()) return names;
  for (const Json& name : *found) {
    if (name.is_string()) names.push_back(name.get<std::string>());
  }
  return names;
}

/// Tasks whose head one of the classes has.
std::vector<std::string> tasks_with_head(const std::vector<std::string>& classes) {
  std::vector<std::string> found;
  for (const std::string& name : tasks().names()) {
    const std::vector<std::string> heads = tasks().get(name).heads();
    const bool fits = std::ranges::any_of(classes, [&](const std::string& one) {
      return std::ranges::any_of(heads, [&](const std::string& head) {
        return one.find("For" + head) != std::string::npos;
      });
    });
    if (fits) found.push_back(name);
  }
  return found;
}

/// The task of a model_type that has only one: an image classifier, say.
std::vector<std::string> only_task(const Json& config) {
  const auto model_type = config.is_object() ? config.find("model_type") : config.end();
  if (model_type == config.end() || !model_type->is_string()) return {};
  const auto* architecture = model::architectures().find(model_type->get<std::string>());
  if (architecture == nullptr) return {};
  std::vector<std::string> known = architecture->tasks();
  return known.size() == 1 ? known : std::vector<std::string>();
}

}  // namespace

std::string task_of(const std::string& given, const Json& config, const std::string& config_path,
                    const std::string& key) {
  const std::vector<std::string> classes = classes_of(config);
  std::vector<std::string> fitting = tasks_with_head(classes);
  if (!given.empty()) {
    with_context(key, [&] { tasks().get(given); });
    if (fitting.empty() || std::ranges::find(fitting, given) != fitting.end()) return given;
    throw Error("the model has the head of " + join(fitting, " and ") + " (" + join(classes, ", ") +
                    "), not of " + given,
                config_path + ": architectures", key + " " + fitting.front());
  }
  if (classes.empty()) fitting = only_task(config);
  if (fitting.size() == 1) return fitting.front();
  std::string why = "config.json has no 'architectures' that says it";
  if (!classes.empty()) why = "no task is known for the head of " + join(classes, ", ");
  if (fitting.size() > 1) why = join(classes, ", ") + " fit " + join(fitting, " and ");
  throw Error("the task is not given, and " + why, config_path,
              key + " is one of " + join(fitting.empty() ? tasks().names() : fitting, ", "));
}

}  // namespace quantbench::task
