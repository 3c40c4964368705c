#include "quantbench/backend/coordinator.h"

#include <algorithm>
#include <thread>

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"

namespace quantbench::backend {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Between two questions to the scheduler: the first, and the longest.
constexpr milliseconds kShortestPause{1000};
constexpr milliseconds kLongestPause{30000};
/// Between two looks whether the user wants something.
constexpr milliseconds kBlink{100};
/// For which a second Ctrl-C is waited for.
constexpr seconds kSecondThought{5};
/// A submission that was cut off by a kill -9 shows itself within this time.
constexpr seconds kDoubt{10};

bool is_over(State::Kind kind) { return kind == State::Kind::kEnded || kind == State::Kind::kGone; }

}  // namespace

Coordinator::Coordinator(const RunContext& context, const Backend& backend,
                         const RunOptions& options, Jobs& jobs, store::Database& store)
    : context_(context),
      backend_(backend),
      options_(options),
      jobs_(jobs),
      store_(store),
      lock_(context.directory.root() / "coordinator.lock", 0644),
      grace_(backend.grace_seconds(context.description.backend_args)),
      retries_(backend.retries(context.description.backend_args)) {
  if (lock_.attempt(FileLock::Kind::kAlone) == FileLock::Outcome::kHeldElsewhere) {
    throw Error("another quantbench attends run " + context.description.run_id,
                context.directory.root().string(), "wait for it, or end it first");
  }
  for (const Shard& shard : context.description.shards) {
    Watched& watched = shards_.emplace_back();
    watched.shard = shard;
  }
}

std::size_t Coordinator::jobs_known() const {
  return static_cast<std::size_t>(std::count_if(
      shards_.begin(), shards_.end(), [](const Watched& one) { return one.job.has_value(); }));
}

void Coordinator::tell(const std::string& text) const {
  if (options_.say) options_.say(text);
}

void Coordinator::warn_once(const std::string& text) {
  if (warned_.insert(text).second) execute::warn(options_.execute, text);
}

void Coordinator::take_up() {
  std::error_code failure;
  // What was cancelled goes on when it is asked for again.
  const bool was_cancelled = std::filesystem::remove(context_.directory.cancelled_file(), failure);
  for (const Job& job : context_.directory.jobs()) {
    for (Watched& watched : shards_) {
      if (watched.shard.name != job.shard || job.attempt == 0) continue;
      watched.job = job;
      watched.is_doubtful = job.id.empty();
      watched.state.kind = State::Kind::kUnknown;
    }
  }
  // A fault of the input was told. Whoever comes again has mended it, or is told again.
  for (const Watched& watched : shards_) {
    const auto end = context_.directory.end_of(watched.shard.name);
    if (end && !end->fault.empty()) {
      std::filesystem::remove(context_.directory.done_file(watched.shard.name), failure);
    }
  }
  poll();
  for (Watched& watched : shards_) {
    // Of jobs that the user ended himself nothing more comes.
    if (was_cancelled && watched.job && is_over(watched.state.kind)) {
      watched.ended_since = Clock::now() - seconds(static_cast<long>(grace_.count()) + 1);
    }
  }
}

bool Coordinator::merge_results() {
  bool is_new = false;
  store::FileResults results(context_.directory.results(), {});
  for (const std::string& key : results.keys()) {
    if (merged_.contains(key)) continue;
    const auto record = results.find(key);
    if (!record) continue;
    merged_.insert(key);
    store_.add_stage(*record);
    is_new = true;
  }
  return is_new;
}

void Coordinator::throw_fault(const Watched& watched, const ShardEnd& end) {
  cancel_all();
  throw Error(end.fault, "job " + watched.shard.name + " on " + end.node);
}

bool Coordinator::look() {
  bool is_new = merge_results();
  for (Watched& watched : shards_) {
    if (watched.is_done) continue;
    const auto end = context_.directory.end_of(watched.shard.name);
    if (!end) continue;
    if (!end->fault.empty()) throw_fault(watched, *end);
    watched.is_done = true;
    watched.state.node = end->node;
    lost_.erase(watched.shard.name);
    is_new = true;
  }
  // Written before the end that was just seen.
  if (is_new) merge_results();
  return is_new;
}

std::vector<Job> Coordinator::open_jobs() const {
  std::vector<Job> out;
  for (const Watched& watched : shards_) {
    if (watched.job && !watched.is_done && !lost_.contains(watched.shard.name)) {
      out.push_back(*watched.job);
    }
  }
  return out;
}

void Coordinator::note(Watched& watched, Job job) {
  context_.directory.append(job);
  watched.job = std::move(job);
}

void Coordinator::poll() {
  const std::vector<Job> open = open_jobs();
  if (open.empty()) return;
  const std::map<std::string, State> states = jobs_.poll(open);
  for (Watched& watched : shards_) {
    if (!watched.job || watched.is_done) continue;
    const auto found = states.find(watched.job->name);
    if (found == states.end()) continue;
    const std::string node = watched.state.node;
    watched.state = found->second;
    if (watched.state.node.empty()) watched.state.node = node;
    if (!is_over(watched.state.kind)) {
      watched.ended_since.reset();
    } else if (!watched.ended_since) {
      watched.ended_since = Clock::now();
    }
    if (watched.job->id.empty() && !watched.state.id.empty()) {
      // Submitted by a coordinator that was killed before it could say so.
      Job known = *watched.job;
      known.id = watched.state.id;
      note(watched, std::move(known));
      watched.is_doubtful = false;
    }
  }
}

void Coordinator::judge(Watched& watched) {
  if (watched.is_done || !watched.job || !watched.ended_since) return;
  if (lost_.contains(watched.shard.name)) return;
  const auto waited = Clock::now() - *watched.ended_since;
  if (watched.is_doubtful && watched.state.kind == State::Kind::kGone) {
    // The name was never submitted, as far as the scheduler knows.
    if (waited >= std::min<std::chrono::duration<double>>(kDoubt, grace_)) {
      submit(watched, watched.job->attempt);
    }
    return;
  }
  if (waited < grace_) return;
  const std::string reason =
      watched.state.reason.empty() ? std::string("ended without a result") : watched.state.reason;
  if (watched.submitted_here > retries_) {
    lost_[watched.shard.name] = "job " + watched.job->name + ": " + reason;
    execute::warn(options_.execute, lost_[watched.shard.name] + "; not submitted again (retries " +
                                        std::to_string(retries_) + ")");
    return;
  }
  tell("job " + watched.job->name + " is lost (" + reason + "): submitted again");
  submit(watched, watched.job->attempt + 1);
}

bool Coordinator::is_ready(const Watched& watched) const {
  // Those it comes after must have a job, or have ended.
  return std::all_of(watched.shard.after.begin(), watched.shard.after.end(),
                     [&](const std::string& name) {
                       return std::any_of(shards_.begin(), shards_.end(), [&](const Watched& one) {
                         return one.shard.name == name && (one.is_done || one.job);
                       });
                     });
}

void Coordinator::submit(Watched& watched, int attempt) {
  std::vector<Job> after;
  for (const Watched& one : shards_) {
    const auto& names = watched.shard.after;
    const bool comes_before = std::find(names.begin(), names.end(), one.shard.name) != names.end();
    if (comes_before && one.job && !one.job->id.empty() && !one.is_done &&
        !is_over(one.state.kind)) {
      after.push_back(*one.job);
    }
  }
  Job job;
  job.shard = watched.shard.name;
  job.attempt = attempt;
  job.name = job_name(context_.description.run_id, watched.shard.name, attempt);
  const std::optional<Job> former = watched.job;
  // Before it is submitted: whoever comes after a kill -9 asks for this name.
  note(watched, job);
  watched.is_doubtful = true;
  watched.ended_since.reset();
  try {
    job.id = jobs_.submit(watched.shard, job, after);
  } catch (const Unreachable& error) {
    if (jobs_known() == 1 && watched.submitted_here == 0 && merged_.empty()) throw;
    warn_once(std::string(error.what()) + "; tried again");
    return;
  } catch (const execute::Cancelled&) {
    throw;
  } catch (const Error&) {
    // It was refused, which is as good as never asked.
    context_.directory.append(former.value_or(Job{job.shard, 0, {}, {}}));
    cancel_all();
    throw;
  }
  note(watched, job);
  watched.is_doubtful = false;
  watched.state = State{State::Kind::kWaiting, {}, {}, job.id};
  ++watched.submitted_here;
}

void Coordinator::submit_missing() {
  for (Watched& watched : shards_) {
    if (watched.is_done || lost_.contains(watched.shard.name)) continue;
    if (watched.job) {
      judge(watched);
    } else if (is_ready(watched)) {
      submit(watched, 1);
    }
  }
}

void Coordinator::cancel_all() {
  std::vector<Job> open = open_jobs();
  std::erase_if(open, [](const Job& job) { return job.id.empty(); });
  if (open.empty()) return;
  try {
    jobs_.cancel(open);
    write_text(context_.directory.cancelled_file(), "", AtomicFile::Target::kReplaced);
  } catch (const Error& error) {
    execute::warn(options_.execute, error.what());
  }
}

bool Coordinator::all_ended() const {
  return std::all_of(shards_.begin(), shards_.end(), [&](const Watched& watched) {
    return watched.is_done || lost_.contains(watched.shard.name);
  });
}

void Coordinator::show() {
  if (!options_.on_shards) return;
  std::vector<ShardView> views;
  for (const Watched& watched : shards_) {
    ShardView view;
    view.name = watched.shard.name;
    view.attempt = watched.job ? watched.job->attempt : 1;
    view.node = watched.state.node;
    if (watched.is_done) {
      view.phase = ShardView::Phase::kDone;
      view.share = 1;
    } else if (const auto lost = lost_.find(watched.shard.name); lost != lost_.end()) {
      view.phase = ShardView::Phase::kLost;
      view.doing = lost->second;
    } else if (watched.job) {
      view.phase = watched.state.kind == State::Kind::kRunning ? ShardView::Phase::kRunning
                                                               : ShardView::Phase::kWaiting;
      view.doing = watched.state.reason;
      const auto progress = context_.directory.progress_of(watched.shard.name);
      if (progress && view.phase == ShardView::Phase::kRunning) {
        view.share = progress->share;
        view.doing = progress->stage + ": " + progress->subject;
        if (view.node.empty()) view.node = progress->node;
      }
    }
    views.push_back(std::move(view));
  }
  options_.on_shards(views);
}

Interrupt Coordinator::rest(milliseconds pause) {
  const auto until = Clock::now() + pause;
  do {
    if (options_.interrupt) {
      if (const Interrupt wanted = options_.interrupt(); wanted != Interrupt::kNone) return wanted;
    }
    std::this_thread::sleep_for(std::min(kBlink, pause));
  } while (Clock::now() < until);
  return Interrupt::kNone;
}

Coordinator::End Coordinator::run() {
  jobs_.fetch();
  take_up();
  look();
  milliseconds pause = kShortestPause;
  auto next_poll = Clock::now();
  for (;;) {
    submit_missing();
    show();
    if (all_ended()) return End::kAllEnded;
    const bool all_submitted = jobs_known() == shards_.size();
    if (options_.detach && all_submitted) return End::kDetached;
    Interrupt wanted = rest(std::min(pause, kShortestPause));
    if (wanted == Interrupt::kAsk) {
      tell("the jobs go on; Ctrl-C again within " + std::to_string(kSecondThought.count()) +
           " s cancels them");
      const auto until = Clock::now() + kSecondThought;
      while (wanted == Interrupt::kAsk && Clock::now() < until) {
        std::this_thread::sleep_for(kBlink);
        wanted = options_.interrupt();
      }
      if (wanted != Interrupt::kCancel) return End::kDetached;
    }
    if (wanted == Interrupt::kDetach) return End::kDetached;
    std::error_code failure;
    const bool cancelled_elsewhere =
        std::filesystem::exists(context_.directory.cancelled_file(), failure);
    if (wanted == Interrupt::kCancel) cancel_all();
    if (wanted == Interrupt::kCancel || cancelled_elsewhere) throw execute::Cancelled();
    if (Clock::now() >= next_poll) {
      jobs_.fetch();
      poll();
      pause = std::min(pause * 2, kLongestPause);
      next_poll = Clock::now() + pause;
    }
    if (look()) {
      pause = kShortestPause;
      next_poll = std::min(next_poll, Clock::now() + pause);
    }
  }
}

}  // namespace quantbench::backend
