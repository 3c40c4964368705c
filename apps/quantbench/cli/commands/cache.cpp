#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/output.h"
#include "cli/store_option.h"
#include "cli/terminal.h"
#include "quantbench/base/error.h"
#include "quantbench/execute/cache_contents.h"
#include "quantbench/execute/cache_limit.h"

namespace quantbench::cli {

namespace {

struct CacheOptions {
  std::string cache;
  bool prunes = false;
  bool dry_run = false;
  std::optional<std::uint64_t> older_than;
  std::optional<std::uint64_t> max_size;
};

std::string megabytes(std::uintmax_t bytes) {
  return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

std::string count_and_size(const std::vector<execute::CachedArtefact>& artefacts) {
  return fmt::format("{} artefact{}, {}", artefacts.size(), artefacts.size() == 1 ? "" : "s",
                     megabytes(execute::total_bytes(artefacts)));
}

std::string age(std::chrono::seconds unused) {
  const auto hours = std::chrono::duration_cast<std::chrono::hours>(unused).count();
  return hours < 48 ? fmt::format("{} h ago", hours) : fmt::format("{} d ago", hours / 24);
}

void list(const std::filesystem::path& root) {
  const auto artefacts = execute::cached_artefacts(root);
  TextTable table{{{"artefact"}, {"size", Align::kRight}, {"last used", Align::kRight}}, {}};
  for (const execute::CachedArtefact& artefact : artefacts) {
    table.rows.push_back(
        {artefact.key.substr(0, 12), megabytes(artefact.bytes), age(artefact.unused)});
  }
  if (!artefacts.empty()) print_text(table.render());
  const std::uintmax_t limit = execute::cache_limit();
  const bool limited = limit < std::numeric_limits<std::uintmax_t>::max();
  print("{}{} in {}\n", count_and_size(artefacts), limited ? " of at most " + megabytes(limit) : "",
        root.string());
}

void prune(const std::filesystem::path& root, const CacheOptions& options) {
  execute::CacheLimits limits;
  if (options.older_than) {
    // More than this is longer than any cache is old.
    constexpr std::uint64_t kLongest = std::uint64_t{1} << 40;
    limits.longest_unused = std::chrono::seconds(std::min(*options.older_than, kLongest));
  }
  limits.most_bytes = options.max_size;
  const auto removed = options.dry_run ? execute::beyond(limits, execute::cached_artefacts(root))
                                       : execute::prune(root, limits);
  print("{} {} of {}\n", options.dry_run ? "would remove" : "removed", count_and_size(removed),
        root.string());
}

/// CLI11 takes -1 for the largest number there is.
std::string refuse_negative(const std::string& text) {
  if (text.starts_with('-')) throw CLI::ValidationError("'" + text + "' is negative");
  return text;
}

class Cache : public Command {
 public:
  void add_to(CLI::App& app, Context&) const override {
    const auto options = std::make_shared<CacheOptions>();
    CLI::App* command = app.add_subcommand(
        "cache", "List the exported and quantized models in the cache, or remove unused ones");
    add_cache_option(*command, options->cache);
    auto* prune_flag = command->add_flag(
        "--prune", options->prunes,
        "Remove artefacts beyond --older-than or --max-size; a run that needs one makes it again");
    const std::map<std::string, std::uint64_t> units = {{"h", 3600}, {"d", 86400}, {"w", 604800}};
    command
        ->add_option("--older-than", options->older_than,
                     "Artefacts that no run has used for this long: 12h, 30d, 8w")
        ->transform(CLI::AsNumberWithUnit(units, CLI::AsNumberWithUnit::UNIT_REQUIRED, "AGE"))
        ->transform(refuse_negative)
        ->needs(prune_flag);
    command
        ->add_option(
            "--max-size", options->max_size,
            "Remove the longest unused artefacts until at most this size remains: 500MB, 20GB, 0")
        ->transform(CLI::AsSizeValue(true))
        ->transform(refuse_negative)
        ->needs(prune_flag);
    command->add_flag("--dry-run", options->dry_run, "Say what --prune would remove")
        ->needs(prune_flag);
    command->callback([options] {
      const std::filesystem::path root = chosen_cache(options->cache);
      if (!options->prunes) return list(root);
      if (!options->older_than && !options->max_size) {
        throw Error("--prune needs a limit", {},
                    "--older-than 30d, --max-size 20GB, or both; --max-size 0 removes all");
      }
      prune(root, *options);
    });
  }
};

}  // namespace

void register_cache(CommandRegistry& registry) { registry.add("cache", std::make_unique<Cache>()); }

}  // namespace quantbench::cli
