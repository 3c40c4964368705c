#include <fmt/format.h>

#include <filesystem>

#include "quantbench/measure/fitness.h"

namespace quantbench::measure {

namespace {

/// An exported model, its quantized forms and what Parquet files are unpacked to.
constexpr double kLeastDisk = 5e9;

/// The directory itself, or the nearest above that exists.
std::filesystem::path existing(std::filesystem::path path) {
  std::error_code failure;
  path = std::filesystem::absolute(path, failure);
  while (!std::filesystem::exists(path, failure) && path.has_relative_path()) {
    path = path.parent_path();
  }
  return path;
}

class DiskCheck : public Check {
 public:
  std::string summary() const override { return "room for models and results"; }
  Finding look(const MachineView& machine) const override {
    Finding finding;
    for (const auto& directory : machine.directories()) {
      std::error_code failure;
      const auto space = std::filesystem::space(existing(directory), failure);
      if (failure) continue;
      const auto available = static_cast<double>(space.available);
      if (!finding.text.empty()) finding.text += ", ";
      finding.text += fmt::format("{:.1f} GB free in {}", available / 1e9, directory.string());
      if (available < kLeastDisk) {
        finding.level = Finding::Level::kWarning;
        finding.remedy = "quantbench cache --prune --older-than 7d, or --cache on another disk";
      }
    }
    if (finding.text.empty()) return {Finding::Level::kUnknown, "the system does not report it"};
    return finding;
  }
};

}  // namespace

void register_disk(CheckRegistry& registry) { registry.add("disk", std::make_unique<DiskCheck>()); }

}  // namespace quantbench::measure
