#include "quantbench/base/staged_directory.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <random>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "quantbench/base/error.h"
#include "quantbench/base/temporaries.h"

namespace quantbench {

namespace fs = std::filesystem;

namespace {

std::string random_hex() {
  std::random_device random;
  return fmt::format("{:06x}", random() & 0xffffffU);
}

/// Without the slash at the end, which would hide the name.
fs::path without_slash(fs::path path) {
  return path.has_filename() || !path.has_relative_path() ? path : path.parent_path();
}

/// Everything in the directory that is not itself a directory, relative to it.
std::vector<fs::path> files_below(const fs::path& directory) {
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(directory)) {
    if (entry.symlink_status().type() == fs::file_type::directory) continue;
    files.push_back(entry.path().lexically_relative(directory));
  }
  return files;
}

}  // namespace

StagedDirectory::StagedDirectory(fs::path target) : target_(without_slash(std::move(target))) {
  std::error_code failure;
  exists_ = fs::is_directory(target_, failure);
  const std::string name = target_.filename().string();
  const auto lock = lock_temporaries();
  constexpr int kTries = 100;
  int reason = 0;
  for (int i = 0; i < kTries; ++i) {
    temporary_ = exists_ ? target_ / ("." + random_hex())
                         : target_.parent_path() / (name.substr(0, 200) + "." + random_hex());
    // With the permissions that the user's umask leaves.
    if (::mkdir(temporary_.c_str(), 0777) == 0) {
      add_temporary(temporary_);
      return;
    }
    reason = errno;
    if (reason != EEXIST) break;
  }
  throw Error("cannot create a directory: " + std::generic_category().message(reason),
              target_.string());
}

StagedDirectory::~StagedDirectory() {
  if (temporary_.empty()) return;
  const auto lock = lock_temporaries();
  std::error_code ignored;
  fs::remove_all(temporary_, ignored);
  forget_temporary(temporary_);
}

void StagedDirectory::commit(const fs::path& last) {
  if (exists_) return replace_files(last);
  const auto lock = lock_temporaries();
  std::error_code failure;
  fs::rename(temporary_, target_, failure);
  if (failure) {
    throw Error("cannot put the directory in place: " + failure.message(), target_.string());
  }
  forget_temporary(temporary_);
  temporary_.clear();
}

void StagedDirectory::replace_files(const fs::path& last) {
  std::error_code failure;
  fs::remove(target_ / last, failure);
  if (failure) throw Error("cannot replace: " + failure.message(), (target_ / last).string());
  for (const fs::path& file : files_below(temporary_)) {
    if (file != last) put_in_place(file);
  }
  put_in_place(last);
}

void StagedDirectory::put_in_place(const fs::path& below) {
  const fs::path place = target_ / below;
  std::error_code failure;
  fs::create_directories(place.parent_path(), failure);
  if (!failure) fs::rename(temporary_ / below, place, failure);
  if (failure) throw Error("cannot replace: " + failure.message(), place.string());
}

}  // namespace quantbench
