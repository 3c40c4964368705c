#include "quantbench/execute/cache_limit.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <limits>
#include <string_view>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/execute/cache_contents.h"

namespace quantbench::execute {

namespace {

constexpr const char* kVariable = "QUANTBENCH_CACHE_MAX_SIZE";

std::string gigabytes(std::uintmax_t bytes) {
  return fmt::format("{:.1f} GB", static_cast<double>(bytes) / 1e9);
}

[[noreturn]] void refuse(std::string_view text) {
  throw Error("'" + std::string(text) + "' is not a size", kVariable,
              "a number and a unit: 500MB, 20GB; 0 keeps nothing for later runs, none keeps all");
}

std::uintmax_t unit_of(std::string_view unit) {
  constexpr std::pair<std::string_view, std::uintmax_t> kUnits[] = {{"", 1},
                                                                    {"B", 1},
                                                                    {"KB", 1'000},
                                                                    {"MB", 1'000'000},
                                                                    {"GB", 1'000'000'000},
                                                                    {"TB", 1'000'000'000'000}};
  for (const auto& [name, bytes] : kUnits) {
    const auto same = [](char a, char b) {
      return std::toupper(static_cast<unsigned char>(a)) == b;
    };
    if (std::ranges::equal(unit, name, same)) return bytes;
  }
  return 0;
}

}  // namespace

std::uintmax_t cache_limit() {
  const char* variable = std::getenv(kVariable);
  const std::string_view text = variable == nullptr ? "" : variable;
  if (text.empty()) return kDefaultCacheLimit;
  if (text == "none") return std::numeric_limits<std::uintmax_t>::max();
  double number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  while (unit.starts_with(' ')) unit.remove_prefix(1);
  const std::uintmax_t factor = unit_of(unit);
  // 1e18 bytes are more than any disk has.
  if (failure != std::errc() || factor == 0 || !(number >= 0) ||
      !(number * static_cast<double>(factor) <= 1e18)) {
    refuse(text);
  }
  return static_cast<std::uintmax_t>(number * static_cast<double>(factor));
}

std::string limit_cache(const std::filesystem::path& root, std::uintmax_t most_bytes,
                        std::chrono::seconds kept) {
  const std::uintmax_t before = total_bytes(cached_artefacts(root));
  if (before <= most_bytes) return {};
  const std::vector<CachedArtefact> removed =
      prune_if_unused(root, {.most_bytes = most_bytes, .kept = kept});
  const std::uintmax_t freed = total_bytes(removed);
  std::string text = fmt::format("the cache {} held {}, more than its limit of {}: ", root.string(),
                                 gigabytes(before), gigabytes(most_bytes));
  if (!removed.empty()) {
    text += fmt::format("{} longest unused model{} removed, {}", removed.size(),
                        removed.size() == 1 ? " was" : "s were", gigabytes(freed));
  }
  if (before - freed > most_bytes) {
    text += std::string(removed.empty() ? "" : "; ") + "the models of this run stay until the next";
  }
  return text + fmt::format(". {} sets another limit", kVariable);
}

}  // namespace quantbench::execute
