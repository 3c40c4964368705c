#include "cli/job_display.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cli/progress_display.h"
#include "cli/terminal.h"
#include "quantbench/base/text.h"
#include "quantbench/base/utf8.h"

namespace quantbench::cli {

namespace {

using Phase = backend::ShardView::Phase;

const char* word_for(Phase phase) {
  switch (phase) {
    case Phase::kPlanned:
      return "planned";
    case Phase::kWaiting:
      return "waiting";
    case Phase::kRunning:
      return "running";
    case Phase::kDone:
      return "done";
    case Phase::kLost:
      return "lost";
  }
  return "";
}

std::size_t count_of(const std::vector<backend::ShardView>& shards, Phase phase) {
  return static_cast<std::size_t>(std::count_if(
      shards.begin(), shards.end(), [&](const auto& shard) { return shard.phase == phase; }));
}

double share_of(const std::vector<backend::ShardView>& shards) {
  double sum = 0;
  for (const auto& shard : shards) sum += shard.share;
  return shards.empty() ? 0 : sum / static_cast<double>(shards.size());
}

}  // namespace

std::string shard_text(const backend::ShardView& shard) {
  std::string out = shard.name + ": " + word_for(shard.phase);
  if (!shard.node.empty()) out += " on " + shard.node;
  if (!shard.doing.empty()) out += ", " + shard.doing;
  if (shard.phase == Phase::kRunning && shard.share > 0) {
    out += fmt::format(", {:.0f}%", shard.share * 100);
  }
  if (shard.attempt > 1) out += fmt::format(" (attempt {})", shard.attempt);
  return visible(out);
}

std::string shard_table(const std::vector<backend::ShardView>& shards) {
  TextTable table{{{"job"}, {"state"}, {"node"}, {"share", Align::kRight}, {"stage"}}, {}};
  for (const backend::ShardView& shard : shards) {
    const std::string attempt = shard.attempt > 1 ? fmt::format(" ({})", shard.attempt) : "";
    table.rows.push_back({shard.name, word_for(shard.phase) + attempt, shard.node,
                          fmt::format("{:.0f}%", shard.share * 100), shard.doing});
  }
  return table.render();
}

JobDisplay::JobDisplay(bool follows, DiagnosticStream& stream)
    : stream_(stream), follows_(follows), live_(is_terminal(stream.descriptor())) {}

JobDisplay::~JobDisplay() { clear(); }

void JobDisplay::clear() {
  if (drawn_lines_ == 0) return;
  if (drawn_lines_ > 1) {
    stream_.show_live(fmt::format("\x1b[{}A\x1b[J", drawn_lines_ - 1));
  }
  drawn_lines_ = 0;
  stream_.clear_live();
}

void JobDisplay::print_changes(const std::vector<backend::ShardView>& shards) {
  for (const backend::ShardView& shard : shards) {
    const bool is_over = shard.phase == Phase::kDone || shard.phase == Phase::kLost;
    if (!follows_ && !is_over) continue;
    // A share that grows is not worth a line; another stage is.
    backend::ShardView change = shard;
    change.share = 0;
    std::string& told = told_[shard.name];
    if (std::exchange(told, shard_text(change)) == shard_text(change)) continue;
    stream_.print(fmt::format("[{:3.0f}%] job {}", share_of(shards) * 100, shard_text(shard)));
  }
}

void JobDisplay::show(const std::vector<backend::ShardView>& shards) {
  if (!live_) return print_changes(shards);
  const std::size_t width = terminal_width(stream_.descriptor());
  if (!follows_) {
    execute::Event event;
    event.stage = fmt::format("{} of {} jobs", count_of(shards, Phase::kDone), shards.size());
    event.subject = fmt::format("{} running, {} waiting", count_of(shards, Phase::kRunning),
                                count_of(shards, Phase::kWaiting));
    event.share = share_of(shards);
    drawn_lines_ = 1;
    return stream_.show_live(bar_text(event, width));
  }
  std::string text = drawn_lines_ > 1 ? fmt::format("\x1b[{}A\x1b[J", drawn_lines_ - 1) : "";
  drawn_lines_ = 0;
  for (const std::string& line : split(shard_table(shards), '\n')) {
    if (line.empty()) continue;
    if (drawn_lines_ > 0) text += "\r\n";
    // A line that the terminal wraps would be counted as one.
    text += line.substr(0, width);
    ++drawn_lines_;
  }
  stream_.show_live(text);
}

}  // namespace quantbench::cli
