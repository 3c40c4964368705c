#include "quantbench/store/stage_results.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/base/json.h"
#include "quantbench/base/log.h"
#include "quantbench/base/record.h"

namespace quantbench::store {

namespace {

constexpr const char* kSuffix = ".json";

[[noreturn]] void throw_errno(const std::string& doing, const std::filesystem::path& path) {
  throw Error(doing + ": " + std::generic_category().message(errno), path.string());
}

/// A file of its own name, removed with its object.
class Draft {
 public:
  explicit Draft(const std::filesystem::path& target)
      : name_(target.parent_path() / ("." + target.stem().string().substr(0, 200) + "-XXXXXX")) {
    descriptor_ = ::mkostemp(name_.data(), O_CLOEXEC);
    if (descriptor_ < 0) throw_errno("cannot be written", target);
  }
  ~Draft() {
    if (descriptor_ >= 0) ::close(descriptor_);
    ::unlink(name_.c_str());
  }
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;

  void fill(const std::string& text, const std::filesystem::path& target) {
    std::size_t done = 0;
    while (done < text.size()) {
      const ssize_t written = ::write(descriptor_, text.data() + done, text.size() - done);
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) throw_errno("cannot be written", target);
      done += static_cast<std::size_t>(written);
    }
    // As any other file of the user: mkostemp makes it readable by the owner alone, and a store
    // that colleagues share would not see it.
    const mode_t mask = ::umask(0);
    ::umask(mask);
    ::fchmod(descriptor_, 0666 & ~mask);
    if (::fsync(descriptor_) != 0) throw_errno("cannot be written", target);
    // On NFS a failed write shows itself here.
    const int closed = ::close(std::exchange(descriptor_, -1));
    if (closed != 0) throw_errno("cannot be written", target);
  }
  const char* name() const { return name_.c_str(); }

 private:
  std::string name_;
  int descriptor_ = -1;
};

}  // namespace

bool write_first(const std::filesystem::path& target, const std::string& text) {
  Draft draft(target);
  draft.fill(text, target);
  if (::link(draft.name(), target.c_str()) == 0) return true;
  if (errno == EEXIST) return false;
  // File systems without hard links (some FUSE mounts): a rename that replaces nothing.
  if (errno != EPERM && errno != ENOTSUP && errno != ENOSYS)
    throw_errno("cannot be written", target);
  if (::access(target.c_str(), F_OK) == 0) return false;
  if (::rename(draft.name(), target.c_str()) != 0) throw_errno("cannot be written", target);
  return true;
}

FileResults::FileResults(std::filesystem::path directory, const std::filesystem::path& lock_file)
    : directory_(std::move(directory)), locks_(lock_file, NameLocks::Access::kHold) {
  std::error_code failure;
  std::filesystem::create_directories(directory_, failure);
  if (failure) {
    throw Error("cannot create the directory: " + failure.message(), directory_.string());
  }
}

std::filesystem::path FileResults::file_of(const std::string& key) const {
  return directory_ / (key + kSuffix);
}

std::optional<StageRecord> FileResults::find(const std::string& key) {
  const std::filesystem::path file = file_of(key);
  std::error_code failure;
  if (!std::filesystem::exists(file, failure)) return std::nullopt;
  try {
    auto record = record_from_json<StageRecord>(read_json(file), file.string());
    if (record.key != key) throw Error("has the key " + record.key, file.string());
    return record;
  } catch (const Error& error) {
    spdlog::warn("{}: it is removed, and its stage is measured again", error.what());
    std::filesystem::remove(file, failure);
    return std::nullopt;
  }
}

void FileResults::put(const StageRecord& record) {
  StageRecord dated = record;
  if (dated.finished_at.empty()) dated.finished_at = now_utc();
  write_first(file_of(record.key), to_line(record_to_json(std::move(dated))) + "\n");
}

std::vector<std::string> FileResults::keys() const {
  std::vector<std::string> out;
  std::error_code failure;
  for (const auto& entry : std::filesystem::directory_iterator(directory_, failure)) {
    const std::filesystem::path& name = entry.path().filename();
    // Drafts begin with a dot.
    if (name.extension() == kSuffix && name.string().front() != '.') {
      out.push_back(name.stem().string());
    }
  }
  return out;
}

}  // namespace quantbench::store
