#include "quantbench/execute/time_group.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <thread>
#include <utility>

#include "quantbench/measure/affinity.h"
#include "quantbench/measure/judge.h"
#include "quantbench/measure/machine_load.h"
#include "quantbench/measure/machine_watch.h"
#include "quantbench/measure/memory_limit.h"
#include "quantbench/measure/paired_ratio.h"
#include "quantbench/measure/statistics.h"
#include "quantbench/measure/summarize.h"
#include "quantbench/stages/time.h"

namespace quantbench::execute {

namespace {

using measure::Turn;
using stages::Time;

/// Rounds before the first look at the intervals. Each later look comes after half as many again.
constexpr std::size_t kFirstLook = 8;
constexpr double kBetweenLooks = 1.5;
/// If this share of an interval's variance is between starts, more rounds hardly help: without all
/// the rest of the variance the interval would be a tenth narrower.
constexpr double kOnlyStartsHelp = 0.8;
/// Of a warm-up, beyond its runs.
constexpr double kLongestWarmUp = 0.5;
/// Seconds of a duration's share that a turn may take, at most: a round needs several turns.
constexpr double kTurnsOfAStart = 4;
/// Of a member, in all its starts: also where one forward takes longer than the duration. From
/// fewer there is no interval.
constexpr std::size_t kFewestTurns = 4;

/// Of the load before the first start.
constexpr std::chrono::milliseconds kLookAtLoad{300};

/// As many free cores as the model with the most threads has. One stays with this process: where
/// there are no more, the system chooses.
std::vector<int> cores_for(const std::vector<TimedModel>& models, const TimeGroupOptions& options) {
  if (!options.affinity) return {};
  int most = 0;
  for (const TimedModel& model : models) most = std::max(most, model.threads.value_or(0));
  if (most == 0) return {};
  std::vector<int> cores = options.free_cores();
  if (cores.size() <= static_cast<std::size_t>(most)) return {};
  cores.resize(static_cast<std::size_t>(most));
  return cores;
}

/// `out` without the cores; empty if there are no cores.
std::vector<int> others_than(std::vector<int> out, const std::vector<int>& cores) {
  if (cores.empty()) return {};
  std::erase_if(out, [&](int one) { return std::ranges::find(cores, one) != cores.end(); });
  return out;
}

struct Member {
  std::size_t model = 0;  ///< its place among the models
  std::unique_ptr<WorkerProcess> process = nullptr;
  measure::Starts starts = {};
  double seconds_of_start = 0;  ///< sum of the latencies of the current start
  bool steady = true;
  double processor_total = 0;  ///< of the current process, s
  double ended_processes = 0;  ///< of those before, s
  /// Rounds of a start after which it rests; nullopt: not known yet.
  std::optional<std::size_t> rounds = {};
  bool rests = false;
  /// It left, or its last process ended.
  std::optional<WorkerOutcome> outcome = {};

  bool left() const { return outcome && outcome->kind != WorkerOutcome::Kind::kDone; }
};

WorkerOutcome cancelled_outcome() {
  WorkerOutcome out;
  out.kind = WorkerOutcome::Kind::kCancelled;
  out.error = Error("cancelled");
  return out;
}

/// The models that are in memory at the same time.
class Group {
 public:
  Group(const std::filesystem::path& program, const std::vector<TimedModel>& models,
        const TimeGroupOptions& options, const WorkerListener& listener)
      : program_(program),
        models_(models),
        options_(options),
        listener_(listener),
        random_(options.seed),
        before_(measure::own_processor_seconds()),
        cores_(cores_for(models, options)),
        off_cores_(others_than(allowed_, cores_)) {}

  /// Starts rows, each with its original, as long as they fit into memory; removes them from
  /// `waiting`. At least one.
  void take(std::vector<std::size_t>& waiting) {
    while (!waiting.empty() && !cancelled()) {
      // What they take is known after the first one, and only of those that are open.
      const std::size_t rows = members_.empty() ? 1 : rows_that_fit();
      if (rows == 0) break;
      std::vector<std::size_t> added;
      for (std::size_t i = 0; i < rows && !waiting.empty(); ++i) {
        const std::size_t row = waiting.front();
        waiting.erase(waiting.begin());
        if (const auto original = models_[row].original) add(*original, added);
        add(row, added);
      }
      open_new(added);
    }
  }

  void time() {
    for (int start = 0; start < options_.starts && !cancelled(); ++start) {
      start_ = start;
      if (start > 0) restart();
      warm_up();
      run_rounds();
    }
  }

  /// Ends the processes. Outcomes of the members by model.
  std::vector<std::pair<std::size_t, WorkerOutcome>> finish() {
    for (Member& member : members_) {
      if (member.outcome) continue;
      if (!member.process) {
        member.outcome = cancelled_outcome();
        continue;
      }
      member.process->resume();
      member.outcome = member.process->finish();
    }
    const auto estimates = all_estimates();
    double own = measure::own_processor_seconds() - before_;
    for (const Member& member : members_) own += member.ended_processes + member.processor_total;
    const measure::MachineEvents events = watch_.events(own);
    std::vector<std::pair<std::size_t, WorkerOutcome>> out;
    for (std::size_t i = 0; i < members_.size(); ++i) {
      Member& member = members_[i];
      if (!member.left()) write_result(member, estimates[i], events);
      out.emplace_back(member.model, *std::move(member.outcome));
    }
    return out;
  }

 private:
  bool cancelled() const { return listener_.cancel != nullptr && listener_.cancel->load(); }

  Member* find(std::size_t model) {
    const auto found = std::find_if(members_.begin(), members_.end(),
                                    [&](const Member& one) { return one.model == model; });
    return found == members_.end() ? nullptr : &*found;
  }

  const Member* original_of(const Member& member) const {
    const auto& original = models_[member.model].original;
    if (!original) return nullptr;
    const auto found = std::find_if(members_.begin(), members_.end(),
                                    [&](const Member& one) { return one.model == *original; });
    return found == members_.end() || found->left() ? nullptr : &*found;
  }

  void add(std::size_t model, std::vector<std::size_t>& added) {
    if (find(model) != nullptr) return;
    added.push_back(members_.size());
    members_.push_back({.model = model});
  }

  void open_new(const std::vector<std::size_t>& places) {
    // One by one until it is known what one takes: an original takes more than its rows.
    const std::size_t at_a_time = largest_ == 0 ? 1 : places.size();
    for (std::size_t first = 0; first < places.size(); first += at_a_time) {
      const auto before = options_.available_memory();
      open(std::span(places).subspan(first, at_a_time));
      const auto after = options_.available_memory();
      if (before && after && *before > *after) {
        largest_ = std::max(largest_, (*before - *after) / at_a_time);
      }
    }
  }

  /// As many as the machine opens at a time, and as its memory holds. An original may have to come
  /// with each row: room for two.
  std::size_t rows_that_fit() const {
    const auto available = options_.available_memory();
    const double of_row = 2 * kMemoryMargin * static_cast<double>(largest_);
    const double most = static_cast<double>(allowed_.size());
    if (!available || of_row == 0) return static_cast<std::size_t>(most);
    return static_cast<std::size_t>(std::min(most, static_cast<double>(*available) / of_row));
  }

  /// Opens the members at these places, as many at a time as there are processors.
  void open(std::span<const std::size_t> places) {
    while (!places.empty() && !cancelled()) {
      const std::size_t now = std::min(places.size(), std::max<std::size_t>(allowed_.size(), 1));
      for (const std::size_t place : places.first(now)) start(members_[place]);
      for (const std::size_t place : places.first(now)) wait_until_open(members_[place]);
      places = places.subspan(now);
    }
  }

  /// Starts its process.
  void start(Member& member) {
    WorkerListener listener = listener_;
    listener.progress = {};
    member.ended_processes += std::exchange(member.processor_total, 0.0);
    // It starts on all processors, as it does when it is deployed: a runtime may choose its kernels
    // by them. If ONNX Runtime 1.32 starts on one, it computes int8 with VNNI instead of AMX.
    const measure::ScopedAffinity any(allowed_);
    member.process =
        std::make_unique<WorkerProcess>(program_, models_[member.model].job, std::move(listener));
    member.starts.emplace_back();
    member.seconds_of_start = 0;
  }

  void wait_until_open(Member& member) {
    if (member.process->listen()) {
      member.process->pause();
      member.process->keep_on(cores_of(member));
    } else {
      leave(member);
    }
  }

  /// Empty: the system chooses.
  std::vector<int> cores_of(const Member& member) const {
    const auto& threads = models_[member.model].threads;
    if (!threads || cores_.size() < static_cast<std::size_t>(*threads)) return {};
    return {cores_.begin(), cores_.begin() + *threads};
  }

  void leave(Member& member) {
    member.outcome = member.process->finish();
    if (member.outcome->kind != WorkerOutcome::Kind::kDone) return;
    member.outcome->kind = WorkerOutcome::Kind::kCrashed;
    member.outcome->error = Error("the worker ended before all models were timed");
  }

  void restart() {
    for (Member& member : members_) {
      if (member.left()) continue;
      member.process.reset();
    }
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < members_.size(); ++i) {
      if (!members_[i].left()) places.push_back(i);
    }
    open(places);
  }

  /// What it says to an order; nullopt: it left.
  std::optional<Json> order(Member& member, const Time::Order& order) {
    member.process->resume();
    member.process->say(record_to_json(order));
    std::optional<Json> said = member.process->listen();
    if (said) {
      member.process->pause();
    } else {
      leave(member);
    }
    return said;
  }

  void warm_up() {
    for (Member& member : members_) {
      if (member.left() || cancelled()) continue;
      const Time::Order warm{.warmup_runs = options_.warmup_runs,
                             .longest_warmup = std::min(kLongestWarmUp, share()),
                             .length = {}};
      if (const auto said = order(member, warm)) {
        member.steady &= record_from_json<measure::WarmUp>(*said, "warm-up").steady;
      }
    }
  }

  void run_rounds() {
    for (Member& member : members_) member.rests = false;
    std::size_t next_look = kFirstLook;
    for (std::size_t round = 1; !cancelled(); ++round) {
      std::vector<Member*> active;
      for (Member& member : members_) {
        if (!member.left() && !member.rests) active.push_back(&member);
      }
      if (active.empty()) return;
      std::shuffle(active.begin(), active.end(), random_);
      for (Member* member : active) take_turn(*member);
      watch_.look_at_frequencies();
      tell_progress();
      const bool looks = round >= next_look;
      if (looks) {
        next_look = static_cast<std::size_t>(std::ceil(static_cast<double>(round) * kBetweenLooks));
      }
      rest(round, looks);
    }
  }

  void take_turn(Member& member) {
    if (member.left() || cancelled()) return;
    measure::TurnLength length;
    length.seconds = std::min(length.seconds, share() / kTurnsOfAStart);
    const auto& turns = member.starts.back();
    if (!turns.empty() &&
        measure::mean(turns.back().latencies) / 1e3 * 2 > share() / kTurnsOfAStart) {
      length.fewest = 1;
    }
    if (const auto said =
            order(member, {.warmup_runs = {}, .longest_warmup = 0, .length = length})) {
      auto turn = record_from_json<Turn>(*said, "turn");
      for (const double latency : turn.latencies) member.seconds_of_start += latency / 1e3;
      member.processor_total = turn.processor_total;
      member.starts.back().push_back(std::move(turn));
    }
  }

  /// Seconds of the duration for each start.
  double share() const { return options_.duration_s / options_.starts; }
  bool is_last_start() const { return start_ + 1 == options_.starts; }

  /// Whether the duration is over for it.
  bool has_had_its_time(const Member& member) const {
    if (member.seconds_of_start < share()) return false;
    std::size_t turns = 0;
    for (const auto& start : member.starts) turns += start.size();
    return !is_last_start() || turns >= kFewestTurns;
  }

  /// Decides who has turns enough in this start.
  void rest(std::size_t round, bool looks) {
    const bool last = is_last_start();
    std::vector<std::optional<measure::PairedEstimate>> estimates;
    if (looks && (start_ == 0 || last)) {
      estimates = all_estimates();
      ++looks_;
    }
    for (std::size_t i = 0; i < members_.size(); ++i) {
      Member& member = members_[i];
      if (member.left() || member.rests || !is_row(member)) continue;
      if (has_had_its_time(member)) {
        member.rests = true;
      } else if (start_ == 0) {
        // What the other starts will add is not known yet: a little better than needed.
        member.rests = !estimates.empty() && estimates[i] &&
                       narrow(estimates[i]->half * 1.1 / std::sqrt(options_.starts));
        if (member.rests) member.rounds = round;
      } else if (!last) {
        member.rests = member.rounds && round >= *member.rounds;
      } else {
        member.rests =
            !estimates.empty() && estimates[i] &&
            (narrow(estimates[i]->half) || estimates[i]->between_starts >= kOnlyStartsHelp);
      }
    }
    for (Member& member : members_) {
      if (member.left() || member.rests || is_row(member)) continue;
      std::size_t rows = 0;
      std::size_t waiting = 0;
      for (const Member& row : members_) {
        if (original_of(row) != &member) continue;
        ++rows;
        waiting += row.left() || row.rests ? 0 : 1;
      }
      member.rests = has_had_its_time(member) || (rows > 0 && waiting == 0);
      if (!member.rests) continue;
      // Without their original there is nothing to compare the rows with.
      for (Member& row : members_) {
        if (original_of(row) == &member) row.rests = true;
      }
    }
  }

  bool is_row(const Member& member) const { return original_of(member) != nullptr; }

  bool narrow(double half) const { return std::expm1(2 * half) <= options_.target; }

  /// Of each member; nullopt: it has no original.
  std::vector<std::optional<measure::PairedEstimate>> all_estimates() {
    std::vector<std::size_t> places;
    std::vector<measure::LogRatios> ratios;
    for (std::size_t i = 0; i < members_.size(); ++i) {
      const Member* original = original_of(members_[i]);
      if (original == nullptr || members_[i].left()) continue;
      places.push_back(i);
      ratios.push_back(measure::log_ratios(original->starts, members_[i].starts));
    }
    const auto made = measure::estimate(ratios, looks_);
    std::vector<std::optional<measure::PairedEstimate>> out(members_.size());
    for (std::size_t i = 0; i < places.size(); ++i) out[places[i]] = made[i];
    return out;
  }

  void tell_progress() {
    if (!listener_.progress) return;
    double most = 0;
    for (const Member& member : members_) {
      if (member.left() || member.starts.empty()) continue;
      most = std::max(most, member.seconds_of_start);
    }
    const double of_start = std::min(1.0, most / share());
    listener_.progress((start_ + of_start) / options_.starts);
  }

  void write_result(Member& member, const std::optional<measure::PairedEstimate>& estimate,
                    const measure::MachineEvents& events) {
    auto result = record_from_json<Time::Result>(std::move(member.outcome->answer.result),
                                                 std::string(Time::kDeclaration.name));
    std::vector<double> latencies;
    std::vector<std::int64_t> starts;
    std::vector<std::int64_t> turns;
    double processor_seconds = 0;
    std::optional<double> joules = 0;
    for (const auto& start : member.starts) {
      const std::size_t before = latencies.size();
      for (const Turn& turn : start) {
        latencies.insert(latencies.end(), turn.latencies.begin(), turn.latencies.end());
        turns.push_back(static_cast<std::int64_t>(turn.latencies.size()));
        processor_seconds += turn.processor_seconds;
        joules = joules && turn.joules ? std::optional(*joules + *turn.joules) : std::nullopt;
      }
      starts.push_back(static_cast<std::int64_t>(latencies.size() - before));
    }
    double seconds = 0;
    for (const double latency : latencies) seconds += latency / 1e3;
    measure::Timing timing = measure::summarize(std::move(latencies), seconds);
    timing.batch_size = result.timing.batch_size;
    timing.input_length = result.timing.input_length;
    timing.starts = std::move(starts);
    timing.turns = std::move(turns);
    measure::LogRatios ratios;
    if (const Member* original = original_of(member); original != nullptr && estimate) {
      ratios = measure::log_ratios(original->starts, member.starts);
      timing.speedup = speedup_of(*estimate, *original);
    }
    timing.verdict = measure::judge({.machine = events,
                                     .turns = &member.starts,
                                     .speedup = estimate,
                                     .ratios = &ratios,
                                     .steady = member.steady});
    const auto forwards = static_cast<double>(timing.nb_forwards);
    timing.process = result.timing.process;
    if (timing.process) {
      timing.process->processor_time = processor_seconds * 1e3 / forwards;
      if (joules) timing.process->joules = *joules / forwards;
      timing.process->processors = cores_of(member);
    }
    result.other_load = events.other_load;
    result.timing = std::move(timing);
    member.outcome->answer.result = record_to_json(std::move(result));
  }

  static measure::PairedRatio speedup_of(const measure::PairedEstimate& estimate,
                                         const Member& original) {
    double sum = 0;
    double forwards = 0;
    for (const auto& start : original.starts) {
      for (const Turn& turn : start) {
        for (const double latency : turn.latencies) sum += latency;
        forwards += static_cast<double>(turn.latencies.size());
      }
    }
    return {.value = std::exp(estimate.log_value),
            .low = std::exp(estimate.log_value - estimate.half),
            .high = std::exp(estimate.log_value + estimate.half),
            .original_mean = sum / forwards,
            .rounds = static_cast<std::int64_t>(estimate.rounds),
            .starts = static_cast<int>(estimate.starts)};
  }

  const std::filesystem::path& program_;
  const std::vector<TimedModel>& models_;
  const TimeGroupOptions& options_;
  const WorkerListener& listener_;
  std::mt19937_64 random_;
  double before_;
  std::vector<int> cores_;
  std::vector<int> allowed_ = measure::allowed_processors();
  measure::ScopedAffinity off_cores_;
  measure::MachineWatch watch_;
  std::vector<Member> members_;
  int start_ = 0;
  std::size_t looks_ = 0;
  /// Bytes that opening a model took, of the largest so far.
  std::uint64_t largest_ = 0;
};

}  // namespace

std::vector<WorkerOutcome> time_together(const std::filesystem::path& program,
                                         const std::vector<TimedModel>& models,
                                         const TimeGroupOptions& given,
                                         const WorkerListener& listener) {
  TimeGroupOptions options = given;
  if (!options.available_memory)
    options.available_memory = [] { return measure::available_memory(); };
  if (!options.free_cores) {
    options.free_cores = [] {
      return measure::free_cores([] { std::this_thread::sleep_for(kLookAtLoad); });
    };
  }
  std::vector<std::optional<WorkerOutcome>> outcomes(models.size());
  std::vector<std::size_t> waiting;
  // Originals come with their rows; those without rows wait as well.
  std::vector<bool> has_rows(models.size(), false);
  for (const TimedModel& model : models) {
    if (model.original) has_rows[*model.original] = true;
  }
  for (std::size_t i = 0; i < models.size(); ++i) {
    if (models[i].original || !has_rows[i]) waiting.push_back(i);
  }
  double done = 0;
  while (!waiting.empty()) {
    const std::size_t before = waiting.size();
    double share = 1;
    WorkerListener part = listener;
    if (listener.progress) {
      part.progress = [&](double progress) { listener.progress(done + share * progress); };
    }
    Group group(program, models, options, part);
    group.take(waiting);
    share = static_cast<double>(before - waiting.size()) / static_cast<double>(models.size());
    group.time();
    for (auto& [model, outcome] : group.finish()) {
      if (!outcomes[model]) outcomes[model] = std::move(outcome);
    }
    done += share;
    if (listener.cancel != nullptr && listener.cancel->load()) break;
  }
  std::vector<WorkerOutcome> out;
  for (auto& outcome : outcomes) {
    out.push_back(outcome ? *std::move(outcome) : cancelled_outcome());
  }
  return out;
}

}  // namespace quantbench::execute
