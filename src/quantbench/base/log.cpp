#include "quantbench/base/log.h"

#include <spdlog/sinks/stdout_color_sinks.h>

namespace quantbench {

void set_up_logging(int verbosity) {
  auto logger = std::make_shared<spdlog::logger>(
      "quantbench", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
  logger->set_pattern("quantbench: %^%l%$: %v");
  logger->set_level(verbosity <= 0   ? spdlog::level::warn
                    : verbosity == 1 ? spdlog::level::info
                                     : spdlog::level::debug);
  spdlog::set_default_logger(std::move(logger));
}

}  // namespace quantbench
