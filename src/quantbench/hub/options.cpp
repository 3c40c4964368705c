#include "quantbench/hub/options.h"

#include <utility>

namespace quantbench::hub {

Options options_from_environment(std::function<void(const DownloadProgress&)> on_progress,
                                 std::function<void(const std::string&)> on_warning) {
  Options options{Settings::from_environment()};
  if (options.settings.progress_bars) options.on_progress = std::move(on_progress);
  options.on_warning = std::move(on_warning);
  return options;
}

}  // namespace quantbench::hub
