#include "quantbench/measure/energy.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>
#include <system_error>

#include "quantbench/base/text.h"
#include "quantbench/measure/kernel_file.h"

namespace quantbench::measure {

namespace {

namespace fs = std::filesystem;

std::optional<std::uint64_t> read_number(const fs::path& path) {
  const std::string file = read_kernel_file(path);
  const std::string_view text = trim(file);
  std::uint64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::vector<fs::path> package_energy_zones(const fs::path& root) {
  std::vector<fs::path> zones;
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator(root / "sys/class/powercap", failure)) {
    // intel-rapl-mmio:0 counts the same package a second time.
    if (!entry.path().filename().string().starts_with("intel-rapl:")) continue;
    if (trim(read_kernel_file(entry.path() / "name")).starts_with("package")) {
      zones.push_back(entry.path());
    }
  }
  std::ranges::sort(zones);
  return zones;
}

std::optional<std::uint64_t> read_energy_counter(const fs::path& zone) {
  return read_number(zone / "energy_uj");
}

EnergyMeter::EnergyMeter(const fs::path& root) {
  for (const fs::path& zone : package_energy_zones(root)) {
    const auto now = read_energy_counter(zone);
    readable_ = readable_ && now.has_value();
    packages_.push_back(
        {zone, now.value_or(0), read_number(zone / "max_energy_range_uj").value_or(0)});
  }
}

std::optional<std::uint64_t> EnergyMeter::advance(Package& package) {
  const auto now = read_energy_counter(package.zone);
  if (!now) return std::nullopt;
  const std::uint64_t last = package.last;
  package.last = *now;
  if (*now >= last) return *now - last;
  if (package.range < last) return std::nullopt;
  return package.range - last + *now;
}

std::optional<double> EnergyMeter::joules() {
  if (!readable_) return std::nullopt;
  for (Package& package : packages_) {
    const auto used = advance(package);
    if (!used) {
      readable_ = false;  // what was missed is not known later, either
      return std::nullopt;
    }
    microjoules_ += static_cast<double>(*used);
  }
  if (microjoules_ == 0) return std::nullopt;
  return microjoules_ / 1e6;
}

}  // namespace quantbench::measure
