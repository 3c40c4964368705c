#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "quantbench/base/json.h"
#include "quantbench/base/registry.h"

namespace quantbench::measure {

/// What a check found.
struct Finding {
  enum class Level {
    kOk,
    kWarning,  ///< timings are noisier or slower than they have to be
    kUnknown   ///< the system does not tell
  };
  Level level = Level::kOk;
  /// What is so, in words: "other programs use 1.2 of 2 processors".
  std::string text;
  /// What mends it: a command, or what to do. Every warning has one.
  std::string remedy = {};
};

/// Processor time of a short sample, in processors: 1.5 means one and a half of them.
struct LoadSample {
  double processors = 0;  ///< how many there are
  double busy = 0;        ///< used by any program
  double stolen = 0;      ///< given to others by the hypervisor
  /// The busiest programs, the busiest first, at most three.
  std::vector<std::pair<std::string, double>> programs;
};

/// The machine as checks see it.
class MachineView {
 public:
  struct Sources {
    /// Where /proc and /sys lie. Tests have their own.
    std::filesystem::path root = "/";
    /// Directories that runs write to.
    std::vector<std::filesystem::path> directories = {};
    /// Lets the time of a sample pass.
    std::function<void()> wait = {};
  };

  MachineView() : MachineView(Sources{}) {}
  explicit MachineView(Sources sources);

  const std::filesystem::path& root() const { return sources_.root; }
  const std::vector<std::filesystem::path>& directories() const { return sources_.directories; }
  /// The trimmed text of a file below the root: "proc/swaps"; empty if it cannot be read.
  std::string text(const std::string& path) const;
  /// Distinct texts of "sys/devices/system/cpu/cpuN/<path>" over the processors that are online.
  std::vector<std::string> texts_of_processors(const std::string& path) const;
  /// The largest number that these files have; nullopt without any.
  std::optional<double> largest_of_processors(const std::string& path) const;
  /// The number after "<key>:" or "<key> " at the start of a line of a file; nullopt without it.
  std::optional<double> number(const std::string& path, std::string_view key) const;
  /// Processors that are online, by number.
  std::vector<int> processors() const;
  /// Takes half a second at the first call. nullopt without /proc/stat.
  const std::optional<LoadSample>& load() const;

 private:
  Sources sources_;
  mutable bool sampled_ = false;
  mutable std::optional<LoadSample> load_;
};

/// Below a processor's directory: how often heat slowed its core down, and how fast it runs, in
/// kHz.
inline constexpr const char* kThrottleCount = "thermal_throttle/core_throttle_count";
inline constexpr const char* kFrequency = "cpufreq/scaling_cur_freq";

/// Numbers of a kernel list such as "0-3,8".
std::vector<int> parse_processor_list(std::string_view list);

/// One question to the machine: is it fit for measuring in this respect? A file of checks/ defines
/// it and `register_NAME`.
class Check {
 public:
  virtual ~Check() = default;
  /// What it looks at and why that matters, one sentence.
  virtual std::string summary() const = 0;
  virtual Finding look(const MachineView& machine) const = 0;
};

using CheckRegistry = Registry<Check>;
void register_builtin_checks(CheckRegistry& registry);
CheckRegistry& checks();

struct NamedFinding {
  std::string check;
  Finding finding;
};

/// All checks, in the order of their names.
std::vector<NamedFinding> check_machine(const MachineView& machine);

/// [{"check", "level" ("ok", "warning", "unknown"), "found", "remedy"}]
Json to_json(const std::vector<NamedFinding>& findings);

}  // namespace quantbench::measure
