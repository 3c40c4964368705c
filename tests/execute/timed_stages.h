#pragma once

#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <string>

#include "quantbench/base/error.h"
#include "quantbench/measure/affinity.h"
#include "quantbench/stages/registry.h"
#include "quantbench/stages/time.h"

namespace quantbench::execute::test {

/// A stage that is timed in turns, whose forwards take no time: it only says what they would take.
struct FakeTime {
  static constexpr plan::StageDeclaration kDeclaration{.name = "fake_time",
                                                       .summary = "latency -> turns"};

  struct Params {
    double latency = 1;  ///< ms
    double noise = 0.01;
    double noise_of_starts = 0;
    int crashes_at_turn = 0;  ///< 0: never
    bool fails = false;       ///< does not load

    static constexpr auto fields() {
      return std::tuple(field("latency", &Params::latency), field("noise", &Params::noise),
                        field("noise_of_starts", &Params::noise_of_starts),
                        field("crashes_at_turn", &Params::crashes_at_turn),
                        field("fails", &Params::fails));
    }
  };
  struct Places {
    /// Where the processes of a group leave their numbers, to look at one another; may be empty.
    std::filesystem::path directory;

    static constexpr auto fields() { return std::tuple(field("directory", &Places::directory)); }
  };
  using Result = stages::Time::Result;

  /// Throws Error unless all other processes of the group are stopped or gone.
  static void look_at_others(const std::filesystem::path& directory) {
    if (directory.empty()) return;
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
      const std::string process = entry.path().filename();
      if (process == std::to_string(::getpid())) continue;
      std::ifstream file("/proc/" + process + "/stat");
      std::string text;
      if (!std::getline(file, text)) continue;
      // "123 (quantbench) T ..."
      const char state = text[text.rfind(')') + 2];
      if (state != 'T' && state != 'Z' && state != 'X') {
        throw Error(std::string("runs in another's turn: state ") + state, process);
      }
    }
  }

  static std::string processors() {
    std::string out;
    for (const int one : measure::allowed_processors()) out += std::to_string(one) + " ";
    return out;
  }

  static Result run(const plan::Context<FakeTime>& context) {
    const std::string at_start = processors();
    const Params& params = context.params;
    if (params.fails) throw Error("does not load");
    const auto& directory = context.places.directory;
    if (!directory.empty()) std::ofstream(directory / std::to_string(::getpid())) << "here";
    std::mt19937 random(static_cast<unsigned>(::getpid()));
    std::normal_distribution<double> noise(0, params.noise);
    const double of_start = params.noise_of_starts * std::normal_distribution<double>()(random);
    int turns = 0;
    Json said = "ready";
    while (const auto told = context.exchange(said)) {
      look_at_others(directory);
      const auto order = record_from_json<stages::Time::Order>(*told, "order");
      if (order.warmup_runs) {
        said = record_to_json(measure::WarmUp{.forwards = *order.warmup_runs});
        continue;
      }
      if (++turns == params.crashes_at_turn) ::raise(SIGKILL);
      measure::Turn turn;
      double sum = 0;
      while (sum < order.length.seconds * 1e3 ||
             turn.latencies.size() < static_cast<std::size_t>(order.length.fewest)) {
        turn.latencies.push_back(params.latency * std::exp(of_start + noise(random)));
        sum += turn.latencies.back();
      }
      said = record_to_json(turn);
    }
    Result result;
    result.remark = at_start + "then " + processors();
    result.timing.process.emplace();
    return result;
  }
};

inline void register_timed_stages() { stages::add<FakeTime>(stages::stages()); }

}  // namespace quantbench::execute::test
