#include "quantbench/runtime/onnxruntime/environment.h"

#include "quantbench/base/log.h"

namespace quantbench::runtime {

namespace {

void log_message(void*, OrtLoggingLevel severity, const char*, const char*, const char* location,
                 const char* message) {
  const auto level = severity >= ORT_LOGGING_LEVEL_ERROR     ? spdlog::level::info  // also thrown
                     : severity == ORT_LOGGING_LEVEL_WARNING ? spdlog::level::warn
                                                             : spdlog::level::debug;
  spdlog::log(level, "onnxruntime: {} ({})", message, location);
}

}  // namespace

Ort::Env& environment() {
  static Ort::Env& env = []() -> Ort::Env& {
    auto* made = new Ort::Env(ORT_LOGGING_LEVEL_WARNING, "quantbench", log_message, nullptr);
    // Disables telemetry: benchmark data stays on this machine.
    made->DisableTelemetryEvents();
    return *made;
  }();
  return env;
}

}  // namespace quantbench::runtime
