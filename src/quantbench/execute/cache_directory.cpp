#include "quantbench/execute/cache_directory.h"

#include <algorithm>
#include <fstream>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/base/hash.h"

namespace quantbench::execute {

namespace {

namespace fs = std::filesystem;

constexpr const char* kTagFile = "CACHEDIR.TAG";
constexpr std::string_view kSignature = "Signature: 8a477f597d28d172789f06886806bc55";
constexpr std::string_view kOurLine = "# Cache of quantbench: exported and quantized models.";
constexpr std::string_view kRest =
    "# quantbench removes what lies in artefacts/ and staging/ here; `quantbench cache` lists it.\n"
    "# Everything can be deleted and is made again. See https://bford.info/cachedir/\n";

bool is_real_directory(const fs::path& path) {
  std::error_code failure;
  return fs::symlink_status(path, failure).type() == fs::file_type::directory;
}

/// What lies in a directory; nothing where it cannot be read.
std::vector<fs::path> entries_of(const fs::path& directory) {
  std::vector<fs::path> out;
  std::error_code failure;
  for (auto entry = fs::directory_iterator(directory, failure);
       !failure && entry != fs::directory_iterator(); entry.increment(failure)) {
    out.push_back(entry->path());
  }
  return out;
}

std::string tag_text() {
  return std::string(kSignature) + "\n" + std::string(kOurLine) + "\n" + std::string(kRest);
}

/// What a power cut can leave of our tag: its beginning, with zeros for the blocks that were not
/// written.
bool is_torn_tag(const fs::path& tag) {
  std::error_code failure;
  const std::string whole = tag_text();
  if (!fs::is_regular_file(fs::symlink_status(tag, failure))) return false;
  if (fs::file_size(tag, failure) > whole.size() || failure) return false;
  std::ifstream file(tag, std::ios::binary);
  std::string left(whole.size(), '\0');
  file.read(left.data(), static_cast<std::streamsize>(left.size()));
  left.resize(static_cast<std::size_t>(file.gcount()));
  for (std::size_t i = 0; i < left.size(); ++i)
    if (left[i] != '\0' && left[i] != whole[i]) return false;
  return left != whole;
}

bool has_our_tag(const fs::path& root) {
  std::error_code failure;
  if (!fs::is_regular_file(fs::symlink_status(root / kTagFile, failure))) return false;
  std::ifstream file(root / kTagFile);
  std::string line;
  if (!std::getline(file, line) || line != kSignature) return false;
  // Some lines are enough: it may be a large file of somebody else's.
  for (int i = 0; i < 20 && std::getline(file, line); ++i) {
    if (line == kOurLine) return true;
  }
  return false;
}

/// A finished artefact lies in it. Where there is one, what else lies there does not matter.
bool holds_an_artefact(const fs::path& root) {
  if (!is_real_directory(root / "artefacts")) return false;
  for (const fs::path& group : entries_of(root / "artefacts")) {
    if (!is_real_directory(group)) continue;
    for (const fs::path& artefact : entries_of(group)) {
      std::error_code failure;
      if (is_artefact_path(artefact) && is_real_directory(artefact) &&
          fs::is_regular_file(fs::symlink_status(artefact / "result.json", failure))) {
        return true;
      }
    }
  }
  return false;
}

/// Nothing but what a run writes before its first artefact is finished.
bool holds_only_our_names(const fs::path& root) {
  for (const fs::path& entry : entries_of(root)) {
    const std::string name = entry.filename().string();
    std::error_code failure;
    const bool is_file = fs::is_regular_file(fs::symlink_status(entry, failure));
    const bool is_lock = name == "lock" || name == "stages.lock";
    if (is_file && is_lock && fs::is_empty(entry, failure)) continue;
    if (name == kTagFile && is_torn_tag(entry)) continue;
    // The tag that another run is about to put in its place (AtomicFile).
    if (is_file && name.starts_with(std::string(kTagFile) + ".")) continue;
    if ((name != "staging" && name != "artefacts") || !is_real_directory(entry)) return false;
    const bool all_ours = std::ranges::all_of(entries_of(entry), [&](const fs::path& inner) {
      const std::string below = inner.filename().string();
      return is_real_directory(inner) &&
             (name == "staging" ? is_staging_name(below) : is_hash(below, 2));
    });
    if (!all_ours) return false;
  }
  return true;
}

/// Leaves a tag that is there as it is. A cache on a read-only disk does without: its layout tells.
void write_tag(const fs::path& root) {
  std::error_code failure;
  const fs::path tag = root / kTagFile;
  if (fs::exists(fs::symlink_status(tag, failure)) && !is_torn_tag(tag)) return;
  try {
    write_text(tag, tag_text());
  } catch (const Error&) {
    // What cannot be written at all is said when the first directory is made.
  }
}

bool is_missing_or_empty(const fs::path& root) {
  std::error_code failure;
  return !fs::exists(root, failure) ||
         (fs::is_directory(root, failure) && fs::is_empty(root, failure));
}

}  // namespace

bool is_staging_name(const std::string& name) {
  constexpr std::size_t kKey = 16;
  constexpr std::size_t kRandom = 6;
  if (name.size() != kKey + 1 + kRandom || name[kKey] != '-') return false;
  const std::string_view random = std::string_view(name).substr(kKey + 1);
  return is_hash(std::string_view(name).substr(0, kKey), kKey) &&
         std::ranges::all_of(random, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
         });
}

bool is_artefact_path(const fs::path& path) {
  const std::string key = path.filename().string();
  return is_hash(key, 64) && path.parent_path().filename() == key.substr(0, 2);
}

void require_cache_directory(const fs::path& root) {
  if (is_missing_or_empty(root)) return;
  std::error_code failure;
  if (!fs::is_directory(root, failure)) {
    throw Error(failure ? failure.message() : "is not a directory", root.string(),
                "name a directory with --cache or QUANTBENCH_CACHE");
  }
  if (has_our_tag(root) || holds_an_artefact(root) || holds_only_our_names(root)) return;
  throw Error("is not empty and is not a cache of quantbench", root.string(),
              "name an empty or a new directory with --cache or QUANTBENCH_CACHE");
}

OwnedTree claim_cache_directory(const fs::path& root) {
  require_cache_directory(root);
  std::error_code failure;
  fs::create_directories(root, failure);
  if (failure) throw Error("cannot create the directory: " + failure.message(), root.string());
  OwnedTree tree(root);
  write_tag(root);
  tree.make_directories("artefacts");
  tree.make_directories("staging");
  return tree;
}

}  // namespace quantbench::execute
