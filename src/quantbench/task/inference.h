#pragma once

#include <string>

#include "quantbench/base/json.h"

namespace quantbench::task {

/// The task of a model. `given`: the task that a user asks for; empty: the task whose head the
/// class names in `architectures` of config.json have (Task::heads), or the only task of the
/// model_type. `config_path` and `key` ("task", "--task") are for messages. Throws Error: unknown
/// task; nothing given, and no task or several tasks fit; the task given is another than the
/// head's.
std::string task_of(const std::string& given, const Json& config, const std::string& config_path,
                    const std::string& key);

}  // namespace quantbench::task
