#include "quantbench/backend/run_directory.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <system_error>

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/base/log.h"

namespace quantbench::backend {

namespace {

void make_directory(const std::filesystem::path& path) {
  std::error_code failure;
  std::filesystem::create_directories(path, failure);
  if (failure) throw Error("cannot create the directory: " + failure.message(), path.string());
}

/// nullopt where the file is not there, or is being replaced on a file system that shows it.
template <typename T>
std::optional<T> read_if_there(const std::filesystem::path& file) {
  std::error_code failure;
  if (!std::filesystem::exists(file, failure)) return std::nullopt;
  try {
    return record_from_json<T>(read_json(file), file.string());
  } catch (const Error& error) {
    spdlog::debug("{}", error.what());
    return std::nullopt;
  }
}

}  // namespace

std::string job_name(const std::string& run_id, const std::string& shard, int attempt) {
  return "qb-" + run_id + "-" + shard + "-a" + std::to_string(attempt);
}

std::filesystem::path RunDirectory::shard_file(const std::string& shard) const {
  return shards() / (shard + ".json");
}

std::filesystem::path RunDirectory::done_file(const std::string& shard) const {
  return done() / (shard + ".json");
}

std::filesystem::path RunDirectory::progress_file(const std::string& shard) const {
  return progress() / (shard + ".json");
}

std::filesystem::path RunDirectory::log_file(const std::string& shard, int attempt) const {
  return log() / (shard + "-a" + std::to_string(attempt) + ".txt");
}

void RunDirectory::create(const RunDescription& description) const {
  for (const auto& directory : {shards(), results(), done(), progress(), log()}) {
    make_directory(directory);
  }
  for (const Shard& shard : description.shards) {
    write_text(shard_file(shard.name), to_lines(record_to_json(shard)) + "\n",
               AtomicFile::Target::kReplaced);
  }
  // Last: a run without it does not exist.
  write_text(run_file(), to_lines(record_to_json(description)) + "\n",
             AtomicFile::Target::kReplaced);
}

bool RunDirectory::exists() const {
  std::error_code failure;
  return std::filesystem::exists(run_file(), failure);
}

RunDescription RunDirectory::description() const {
  return record_from_json<RunDescription>(read_json(run_file()), run_file().string());
}

void RunDirectory::take_over_results() const {
  const RunDescription own = description();
  std::error_code failure;
  for (const auto& entry : std::filesystem::directory_iterator(root_.parent_path(), failure)) {
    const RunDirectory other(entry.path());
    if (other.root() == root_ || !other.exists()) continue;
    const auto run = read_if_there<RunDescription>(other.run_file());
    if (!run || run->model != own.model || run->dataset != own.dataset ||
        run->quantbench_version != own.quantbench_version) {
      continue;
    }
    std::error_code ignored;
    for (const auto& result : std::filesystem::directory_iterator(other.results(), ignored)) {
      const std::filesystem::path name = result.path().filename();
      if (name.extension() != ".json" || name.string().front() == '.') continue;
      std::filesystem::create_hard_link(result.path(), results() / name, ignored);
    }
  }
}

std::optional<ShardEnd> RunDirectory::end_of(const std::string& shard) const {
  return read_if_there<ShardEnd>(done_file(shard));
}

std::optional<ShardProgress> RunDirectory::progress_of(const std::string& shard) const {
  return read_if_there<ShardProgress>(progress_file(shard));
}

std::vector<Job> RunDirectory::jobs() const {
  std::vector<Job> out;
  std::ifstream in(jobs_file());
  for (std::string line; std::getline(in, line);) {
    Job job;
    try {
      job = record_from_json<Job>(parse_json(line, jobs_file().string()), jobs_file().string());
    } catch (const Error& error) {
      spdlog::debug("{}", error.what());
      continue;
    }
    const auto known = std::find_if(out.begin(), out.end(),
                                    [&](const Job& one) { return one.shard == job.shard; });
    if (known == out.end()) {
      out.push_back(std::move(job));
    } else {
      *known = std::move(job);
    }
  }
  return out;
}

void RunDirectory::append(const Job& job) const {
  // A line break first: the line before may be half of one.
  std::string line = "\n" + to_line(record_to_json(job)) + "\n";
  const std::string file = jobs_file().string();
  const auto fail = [&] {
    throw Error("cannot be written: " + std::generic_category().message(errno), file);
  };
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
  if (descriptor < 0) fail();
  const bool written =
      ::write(descriptor, line.data(), line.size()) == static_cast<ssize_t>(line.size()) &&
      ::fsync(descriptor) == 0;
  const int reason = errno;
  ::close(descriptor);
  errno = reason;
  if (!written) fail();
}

}  // namespace quantbench::backend
