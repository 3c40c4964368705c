#pragma once

#include <onnxruntime_cxx_api.h>

namespace quantbench::runtime {

/// ONNX Runtime needs one environment per process. It is never destroyed, because sessions of
/// static lifetime may outlive it. Its messages go to the program's log: they hold names of the
/// model, and a terminal must not act upon these.
Ort::Env& environment();

}  // namespace quantbench::runtime
