#pragma once

#include <memory>
#include <string>

#include "quantbench/runtime/session.h"

namespace quantbench::runtime {

/// The runtime `framework` of the libtorch plug-in, loaded when first used, so that the program
/// starts where libtorch is not installed. Its methods then throw Error saying what to install.
std::unique_ptr<Runtime> torch_runtime(std::string framework);

}  // namespace quantbench::runtime
