#include "quantbench/base/log.h"

#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>

#include "quantbench/base/diagnostics.h"
#include "quantbench/base/utf8.h"

namespace quantbench {

namespace {

/// Messages as lines of the diagnostics, the level in colour on a terminal.
class DiagnosticSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  DiagnosticSink() {
    const char* kind = std::getenv("TERM");
    in_colour_ = ::isatty(diagnostics().descriptor()) == 1 && kind != nullptr &&
                 std::string_view(kind) != "dumb";
  }

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t formatted;
    formatter_->format(message, formatted);
    // The message holds names and texts of strangers' files.
    std::string line = visible({formatted.data(), formatted.size()});
    while (!line.empty() && line.back() == ' ') line.pop_back();
    if (in_colour_ && message.color_range_end > message.color_range_start) {
      line.insert(message.color_range_end, "\x1b[m");
      line.insert(message.color_range_start, colour_of(message.level));
    }
    diagnostics().print(line);
  }
  void flush_() override {}

 private:
  static const char* colour_of(spdlog::level::level_enum level) {
    if (level >= spdlog::level::err) return "\x1b[31m\x1b[1m";
    if (level == spdlog::level::warn) return "\x1b[33m\x1b[1m";
    return level == spdlog::level::info ? "\x1b[32m" : "\x1b[36m";
  }

  bool in_colour_ = false;
};

}  // namespace

void set_up_logging(int verbosity) {
  auto logger = std::make_shared<spdlog::logger>("quantbench", std::make_shared<DiagnosticSink>());
  logger->set_pattern("quantbench: %^%l%$: %v");
  logger->set_level(verbosity <= 0   ? spdlog::level::warn
                    : verbosity == 1 ? spdlog::level::info
                                     : spdlog::level::debug);
  // What the sink throws (no memory, say) is lost with its message.
  logger->set_error_handler([](const std::string&) {});
  spdlog::set_default_logger(std::move(logger));
}

}  // namespace quantbench
