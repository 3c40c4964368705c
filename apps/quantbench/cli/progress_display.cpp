#include "cli/progress_display.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/terminal.h"
#include "quantbench/base/utf8.h"

namespace quantbench::cli {

namespace {

constexpr std::size_t kBarWidth = 20;
constexpr auto kRedrawEvery = std::chrono::milliseconds(80);

std::string shortened(const std::string& text, std::size_t width) {
  if (display_width(text) <= width) return text;
  if (width <= 3) return {};
  std::string out;
  std::size_t columns = 0;
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) & 0xC0) != 0x80 && ++columns > width - 3) break;
    out += c;
  }
  return out + "...";
}

/// What the bar of a download is about: the file, or all files of a fetch of several.
struct DownloadState {
  std::string key;   ///< another one begins a new bar
  std::string name;  ///< "model.safetensors", "5 of 12 files"
  std::uint64_t done = 0;
  std::uint64_t total = 0;
  bool finished = false;
};

DownloadState state_of(const hub::DownloadProgress& download) {
  const std::string repository = download.repository + "/";
  const hub::DownloadProgress::Fetch& fetch = download.fetch;
  if (fetch.files > 1) {
    return {repository, fmt::format("{} of {} files", fetch.finished, fetch.files), fetch.done,
            fetch.total, fetch.finished == fetch.files};
  }
  return {repository + download.file, download.file, download.done, download.total,
          download.finished};
}

}  // namespace

std::string bar_text(const execute::Event& event, std::size_t width) {
  const double share = std::clamp(event.share, 0.0, 1.0);
  const auto full = static_cast<std::size_t>(share * kBarWidth);
  const std::string head =
      fmt::format("[{}{}] {:3.0f}%  {}  ", std::string(full, '#'),
                  std::string(kBarWidth - full, '.'), share * 100, event.stage);
  const std::string tail =
      event.seconds_left > 0 ? fmt::format("  {} left", duration_text(event.seconds_left)) : "";
  const std::size_t taken = display_width(head) + display_width(tail);
  const std::size_t room = width > taken ? width - taken : 0;
  return shortened(head + shortened(visible(event.subject), room) + tail, width);
}

ProgressDisplay::ProgressDisplay(DiagnosticStream& stream)
    : stream_(stream), live_(is_terminal(stream.descriptor())) {}

ProgressDisplay::~ProgressDisplay() { stream_.clear_live(); }

void ProgressDisplay::show(const execute::Event& event) {
  using Kind = execute::Event::Kind;
  const std::scoped_lock lock(lock_);
  switch (event.kind) {
    case Kind::kStageStarted:
    case Kind::kStageProgress:
      if (live_) draw_bar(event);
      return;
    case Kind::kStageFinished:
    case Kind::kStageReused: {
      const std::string note = event.kind == Kind::kStageReused ? "reused" : event.message;
      if (live_) {
        draw_bar(event);
      } else {
        stream_.print(visible(fmt::format("[{:3.0f}%] {}: {}{}", event.share * 100, event.stage,
                                          event.subject, note.empty() ? "" : " (" + note + ")")));
      }
      return;
    }
    case Kind::kStageFailed:
      stream_.print(
          visible(fmt::format("{} failed: {}: {}", event.stage, event.subject, event.message)));
      return;
    case Kind::kStageWaiting:
      stream_.print(event.stage + ": " + event.subject +
                    ": another run does this stage; waiting for its results");
      return;
    case Kind::kDecision:
      stream_.print(visible(event.message));
      return;
    case Kind::kWarning:
      stream_.print(visible("warning: " + (event.subject.empty() ? "" : event.subject + ": ") +
                            event.message));
      return;
  }
}

execute::Event download_event(const hub::DownloadProgress& download, std::uint64_t begun_at,
                              double seconds) {
  constexpr double kMega = 1e6;
  const DownloadState state = state_of(download);
  const auto done = static_cast<double>(state.done);
  const auto total = static_cast<double>(state.total);
  execute::Event event;
  event.kind = execute::Event::Kind::kStageProgress;
  event.stage = "download";
  event.share = total > 0 ? done / total : 0;
  event.subject = state.name +
                  (total > 0 ? fmt::format("  {:.1f} of {:.1f} MB", done / kMega, total / kMega)
                             : fmt::format("  {:.1f} MB", done / kMega)) +
                  " of " + download.repository;
  const double gained = done - static_cast<double>(begun_at);
  if (gained > 0 && total > done) event.seconds_left = (total - done) * seconds / gained;
  return event;
}

void ProgressDisplay::show(const hub::DownloadProgress& download) {
  if (!live_) return;
  const std::scoped_lock lock(lock_);
  const auto now = std::chrono::steady_clock::now();
  const DownloadState state = state_of(download);
  if (download_ != state.key) {
    download_ = state.key;
    download_began_ = now;
    download_began_at_ = state.done;
  }
  if (state.finished) {
    download_.clear();
    bar_drawn_ = false;
    return stream_.clear_live();
  }
  draw_bar(download_event(download, download_began_at_,
                          std::chrono::duration<double>(now - download_began_).count()));
}

void ProgressDisplay::draw_bar(const execute::Event& event) {
  const auto now = std::chrono::steady_clock::now();
  if (bar_drawn_ && event.kind == execute::Event::Kind::kStageProgress &&
      now - last_draw_ < kRedrawEvery) {
    return;
  }
  last_draw_ = now;
  // One column less than the terminal has: filling the last one wraps on some.
  stream_.show_live(bar_text(event, terminal_width(stream_.descriptor()) - 1));
  bar_drawn_ = true;
}

}  // namespace quantbench::cli
