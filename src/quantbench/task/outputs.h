#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "quantbench/runtime/session.h"
#include "quantbench/task/task.h"

namespace quantbench::task {

/// Places of the wanted outputs among a model's outputs: by name, else by shape, if the shapes
/// leave no choice. Several wanted outputs of the same shape keep their order. Hidden states, which
/// a model without a head gives, do not count. Empty if nothing is wanted. Throws Error naming the
/// model's outputs.
std::vector<std::size_t> find_outputs(const std::vector<WantedOutput>& wanted,
                                      const std::vector<runtime::OutputInfo>& outputs);

/// The session with the wanted outputs only, in their order; nullptr if it has just these.
/// `session` must outlive it. Throws Error like find_outputs.
std::unique_ptr<runtime::Session> with_outputs(const runtime::Session& session,
                                               const std::vector<WantedOutput>& wanted);

}  // namespace quantbench::task
