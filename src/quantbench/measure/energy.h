#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

namespace quantbench::measure {

/// Directories of the processors' energy counters, one a package, in the order of their names: the
/// zones "package-N" of intel-rapl in Linux's powercap (Documentation/power/powercap), which counts
/// for AMD, too. Their parts (cores, uncore, memory), and what contains them (psys), are left out.
/// Empty: the kernel has none, as in most virtual machines. `root` is where /sys lies.
std::vector<std::filesystem::path> package_energy_zones(const std::filesystem::path& root = "/");

/// What a package has used since some moment, in microjoules. nullopt: it cannot be read. Since
/// Linux 5.10 only root may.
std::optional<std::uint64_t> read_energy_counter(const std::filesystem::path& zone);

/// Measures the energy that the machine's processors use, whatever program they run (RAPL: Intel
/// Software Developer's Manual 3B, section "Package RAPL Domain").
///
///     EnergyMeter meter;
///     ...
///     const auto joules = meter.joules();
class EnergyMeter {
 public:
  /// Starts at 0 J. `root` is where /sys lies; tests have their own.
  explicit EnergyMeter(const std::filesystem::path& root = "/");

  /// Joules since the start, over all packages. nullopt if one cannot be read, or if none has
  /// counted: counters are renewed every millisecond, and some hypervisors show zeros. Counters
  /// begin again at zero, at full load after some minutes: a call at least every minute sees each.
  std::optional<double> joules();

 private:
  struct Package {
    std::filesystem::path zone;
    std::uint64_t last = 0;   ///< microjoules
    std::uint64_t range = 0;  ///< microjoules at which it begins again; 0: not known
  };

  /// Microjoules since the last look; nullopt: not known.
  static std::optional<std::uint64_t> advance(Package& package);

  std::vector<Package> packages_;
  bool readable_ = true;
  double microjoules_ = 0;
};

}  // namespace quantbench::measure
