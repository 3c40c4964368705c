#pragma once

#include <chrono>
#include <mutex>
#include <string>

#include "quantbench/base/diagnostics.h"
#include "quantbench/execute/run.h"
#include "quantbench/hub/options.h"

namespace quantbench::cli {

/// Shows the events of a run: a bar with stage, cell and time left on a terminal, one plain line a
/// finished stage otherwise. Writes to standard error, so that results can be piped. Threads that
/// download may call it while another one warns.
class ProgressDisplay {
 public:
  explicit ProgressDisplay(DiagnosticStream& stream = diagnostics());
  ~ProgressDisplay();
  ProgressDisplay(const ProgressDisplay&) = delete;
  ProgressDisplay& operator=(const ProgressDisplay&) = delete;

  void show(const execute::Event& event);
  /// Download progress: a bar on a terminal, nothing elsewhere.
  void show(const hub::DownloadProgress& download);

 private:
  void draw_bar(const execute::Event& event);

  DiagnosticStream& stream_;
  const bool live_;
  /// Held while what follows is used; the stream has a lock of its own.
  std::mutex lock_;
  bool bar_drawn_ = false;
  std::chrono::steady_clock::time_point last_draw_{};
  /// The current download, its start time, and its first byte.
  std::string download_;
  std::chrono::steady_clock::time_point download_began_{};
  std::uint64_t download_began_at_ = 0;
};

/// A download as an event for the bar: share, size, and time left at the rate since it was `done`
/// at `begun_at` bytes, `seconds` ago. For several files, the totals.
execute::Event download_event(const hub::DownloadProgress& download, std::uint64_t begun_at,
                              double seconds);

/// The bar's line without control sequences, at most `width` columns: "[########............]  42%
/// evaluate  MatMul, per channel  12 s left".
std::string bar_text(const execute::Event& event, std::size_t width);

}  // namespace quantbench::cli
