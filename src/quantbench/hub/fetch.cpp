#include "quantbench/hub/fetch.h"

#include <algorithm>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

#include "quantbench/base/parallel.h"
#include "quantbench/hub/download.h"

namespace quantbench::hub {

namespace {

namespace fs = std::filesystem;

/// Adds the progress of the whole fetch to each file's progress.
class FetchProgress {
 public:
  void expect(const std::string& file, std::uint64_t there, std::optional<std::uint64_t> size) {
    const std::scoped_lock lock(mutex_);
    files_[file] = {there, false};
    ++all_.files;
    all_.done += there;
    total_known_ = total_known_ && size.has_value();
    all_.total += size.value_or(0);
  }

  /// Under the same lock as `tell`: the caller's callbacks are called one at a time.
  void warn(const std::string& text, const std::function<void(const std::string&)>& on_warning) {
    const std::scoped_lock lock(mutex_);
    on_warning(text);
  }

  void tell(DownloadProgress progress,
            const std::function<void(const DownloadProgress&)>& on_progress) {
    const std::scoped_lock lock(mutex_);
    File& file = files_.at(progress.file);
    all_.done += progress.done - file.done;
    if (progress.finished && !std::exchange(file.finished, true)) ++all_.finished;
    file.done = progress.done;
    progress.fetch = all_;
    if (!total_known_) progress.fetch.total = 0;
    on_progress(progress);
  }

 private:
  struct File {
    std::uint64_t done = 0;
    bool finished = false;
  };

  std::mutex mutex_;
  std::map<std::string, File> files_;
  DownloadProgress::Fetch all_{.files = 0};
  bool total_known_ = true;
};

class Fetch {
 public:
  Fetch(const Options& options, const Snapshot& snapshot, const RepositoryCache& cache,
        std::span<const std::string> files)
      : options_(options),
        snapshot_(snapshot),
        cache_(cache),
        files_(files),
        metadata_(files.size()) {
    options_.failed = &failed_;
    if (options.on_progress) {
      options_.on_progress = [&](const DownloadProgress& progress) {
        progress_.tell(progress, options.on_progress);
      };
    }
    if (options.on_warning) {
      options_.on_warning = [&](const std::string& text) {
        progress_.warn(text, options.on_warning);
      };
    }
  }

  void run() {
    for_each_file([this](Client& client, std::size_t index) { ask(client, index); });
    for (std::size_t i = 0; i < files_.size(); ++i) expect(i);
    for_each_file([this](Client& client, std::size_t index) { bring(client, index); });
  }

 private:
  /// Calls `body` for every file. Each thread has its own client, whose connections stay open from
  /// file to file.
  template <typename Body>
  void for_each_file(const Body& body) {
    parallel_for(files_.size(), options_.settings.parallel_downloads, [&](std::size_t index) {
      if (failed_) return;
      try {
        std::unique_ptr<Client> client = take_client();
        body(*client, index);
        give_client(std::move(client));
      } catch (...) {
        // The errors of interrupted files come later.
        const std::scoped_lock lock(mutex_);
        if (!failure_) failure_ = std::current_exception();
        failed_ = true;
      }
    });
    if (failure_) std::rethrow_exception(failure_);
  }

  std::unique_ptr<Client> take_client() {
    const std::scoped_lock lock(mutex_);
    if (clients_.empty()) return std::make_unique<Client>(options_);
    std::unique_ptr<Client> client = std::move(clients_.back());
    clients_.pop_back();
    return client;
  }

  void give_client(std::unique_ptr<Client> client) {
    const std::scoped_lock lock(mutex_);
    clients_.push_back(std::move(client));
  }

  void ask(Client& client, std::size_t index) {
    metadata_[index] =
        client.metadata(snapshot_.repository, snapshot_.id, snapshot_.commit, files_[index]);
  }

  /// Counts the bytes from an earlier try.
  void expect(std::size_t index) {
    const auto& [etag, size] = metadata_[index];
    std::error_code ignored;
    std::uintmax_t there = 0;
    for (const fs::path& path : {cache_.blob(etag), incomplete(cache_.blob(etag))}) {
      const std::uintmax_t bytes = fs::file_size(path, ignored);
      if (!ignored) there = std::max(there, bytes);
    }
    progress_.expect(files_[index], size ? std::min<std::uint64_t>(there, *size) : 0, size);
  }

  void bring(Client& client, std::size_t index) {
    const std::string& file = files_[index];
    const FileMetadata& metadata = metadata_[index];
    const FileLock lock = lock_alone(cache_.lock_file(metadata.etag), [&] {
      if (options_.cancelled()) throw Interrupted();
    });
    const fs::path blob = cache_.blob(metadata.etag);
    std::error_code ignored;
    if (!fs::exists(blob, ignored)) {
      download(client, {snapshot_.repository, snapshot_.id, snapshot_.commit, file, metadata}, blob,
               options_);
    } else if (options_.on_progress) {
      const std::uint64_t size = metadata.size.value_or(0);
      options_.on_progress({snapshot_.repository.name, file, size, size, true});
    }
    cache_.link(snapshot_.commit, file, metadata.etag);
  }

  /// The caller's options. Their callbacks are called one at a time.
  Options options_;
  const Snapshot& snapshot_;
  const RepositoryCache& cache_;
  std::span<const std::string> files_;
  std::vector<FileMetadata> metadata_;
  FetchProgress progress_;
  std::atomic<bool> failed_{false};
  std::mutex mutex_;
  std::exception_ptr failure_;
  std::vector<std::unique_ptr<Client>> clients_;
};

}  // namespace

void fetch_files(const Options& options, const Snapshot& snapshot, const RepositoryCache& cache,
                 std::span<const std::string> files) {
  Fetch(options, snapshot, cache, files).run();
}

}  // namespace quantbench::hub
