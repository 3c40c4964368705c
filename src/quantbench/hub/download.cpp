#include "quantbench/hub/download.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/hub/content_check.h"

namespace quantbench::hub {

namespace {

namespace fs = std::filesystem;

[[noreturn]] void throw_errno(const std::string& what, const fs::path& path) {
  const int number = errno;
  throw Error(what + ": " + std::generic_category().message(number), path.string(),
              number == ENOSPC || number == EDQUOT
                  ? "make room, or set HF_HOME to a directory on a larger disk"
                  : "");
}

/// Opens the file to go on writing it; creates it. Other users may write to a shared cache: a link
/// or a second name of another file (and a FIFO or device) is taken away, so that nothing is
/// written through it.
int open_partial(const fs::path& path) {
  constexpr int kFlags = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  constexpr int kTries = 10;
  for (int i = 0; i < kTries; ++i) {
    const int descriptor = ::open(path.c_str(), kFlags);
    if (descriptor >= 0) {
      struct stat status {};
      const bool ours =
          ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) && status.st_nlink == 1;
      if (ours) return descriptor;
      ::close(descriptor);
    } else if (errno != ENOENT && errno != ELOOP && errno != ENXIO) {
      break;
    }
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) break;
    const int created = ::open(path.c_str(), kFlags | O_CREAT | O_EXCL, 0666);
    if (created >= 0) return created;
    if (errno != EEXIST) break;
  }
  throw_errno("cannot create the file", path);
}

/// The file that grows as pieces arrive.
class PartialFile {
 public:
  explicit PartialFile(fs::path path) : path_(std::move(path)), descriptor_(open_partial(path_)) {}
  ~PartialFile() { ::close(descriptor_); }
  PartialFile(const PartialFile&) = delete;
  PartialFile& operator=(const PartialFile&) = delete;

  std::uint64_t size() const {
    struct stat status {};
    return ::fstat(descriptor_, &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
  }

  void truncate(std::uint64_t size) {
    if (::ftruncate(descriptor_, static_cast<off_t>(size)) != 0) {
      throw_errno("cannot write the file", path_);
    }
  }

  void write(std::uint64_t position, std::string_view piece) {
    while (!piece.empty()) {
      const ssize_t written =
          ::pwrite(descriptor_, piece.data(), piece.size(), static_cast<off_t>(position));
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) throw_errno("cannot write the file", path_);
      position += static_cast<std::uint64_t>(written);
      piece.remove_prefix(static_cast<std::size_t>(written));
    }
  }

  void put_in_place(const fs::path& target) {
    if (::fdatasync(descriptor_) != 0) throw_errno("cannot write the file", path_);
    std::error_code failure;
    fs::rename(path_, target, failure);
    if (failure) throw Error("cannot write the file: " + failure.message(), target.string());
  }

 private:
  fs::path path_;
  int descriptor_;
};

class Downloader {
 public:
  Downloader(Client& client, const Download& what, const fs::path& blob, const Options& options)
      : client_(client), what_(what), blob_(blob), options_(options) {}

  void run() {
    check_space();
    bool resumed = partial_.size() > 0;
    while (true) {
      receive();
      const std::string fault = verify();
      if (fault.empty()) break;
      partial_.truncate(0);
      // The error may be in the part from an earlier try, so start again once.
      if (!std::exchange(resumed, false)) {
        throw Error(fault, {},
                    "the file was discarded; try again, or report it to the owner of the server");
      }
    }
    partial_.put_in_place(blob_);
    tell(partial_.size(), true);
  }

 private:
  std::string name() const { return what_.file + " of " + what_.repository.description(); }

  void check_space() {
    if (!what_.metadata.size) return;
    std::error_code failure;
    const fs::space_info space = fs::space(blob_.parent_path(), failure);
    const std::uint64_t there = std::min(partial_.size(), *what_.metadata.size);
    if (failure || *what_.metadata.size - there <= space.available) return;
    throw Error(fmt::format("{} takes {} bytes, the disk has {} free", name(),
                            *what_.metadata.size - there, space.available),
                blob_.parent_path().string(),
                "make room, or set HF_HOME to a directory on a larger disk");
  }

  /// Until all is there.
  void receive() {
    const auto& expected = what_.metadata.size;
    if (expected && partial_.size() > *expected) partial_.truncate(0);
    Backoff backoff(options_, options_.settings.retries);
    std::uint64_t farthest = partial_.size();
    while (!expected || partial_.size() < *expected) {
      try {
        if (try_once()) return;
      } catch (const TransferError& error) {
        retry(backoff, farthest, error);
      }
    }
    // Nothing is asked for an empty file: its blob is what was created.
  }

  /// True when a whole answer came.
  bool try_once() {
    const std::uint64_t offset = partial_.size();
    tell(offset, false);
    const HttpResponse response =
        client_.get(what_.repository, what_.id, what_.commit, what_.file, offset,
                    [&](std::uint64_t position, std::string_view piece) { take(position, piece); });
    if (response.status == 416) {
      // What is there does not fit what the server has.
      partial_.truncate(0);
      throw TransferError("the server has no byte " + std::to_string(offset), true);
    }
    if (is_passing_status(response.status)) throw PassingAnswer(response);
    const auto& expected = what_.metadata.size;
    if (expected && partial_.size() < *expected) {
      throw TransferError(fmt::format("ended after {} of {} bytes", partial_.size(), *expected),
                          true);
    }
    return true;
  }

  void take(std::uint64_t position, std::string_view piece) {
    if (position != partial_.size()) {
      if (position > partial_.size())
        throw TransferError("the server sent another part than the one requested", true);
      // The server knows no ranges: from the beginning.
      partial_.truncate(position);
    }
    const auto& expected = what_.metadata.size;
    if (expected && position + piece.size() > *expected) {
      partial_.truncate(0);
      throw Error(
          fmt::format("{} is longer than the {} bytes that the Hub announces", name(), *expected));
    }
    constexpr std::uint64_t kLongestUnknown = std::uint64_t{64} << 30;
    if (position + piece.size() > kLongestUnknown && !expected) {
      partial_.truncate(0);
      throw Error(name() + " is longer than 64 GiB, and the Hub announces no size");
    }
    partial_.write(position, piece);
    tell(position + piece.size(), false);
  }

  /// A status that another try may change, carried like a fault of the transfer.
  struct PassingAnswer : TransferError {
    explicit PassingAnswer(HttpResponse of)
        : TransferError(fmt::format("status {}", of.status), true), response(std::move(of)) {}
    HttpResponse response;
  };

  /// A piece that is worth another five tries: whoever sends less each time is no more than slow.
  std::uint64_t worth_going_on() const {
    constexpr std::uint64_t kOfUnknown = std::uint64_t{1} << 20;
    return what_.metadata.size ? std::min(*what_.metadata.size / 100, kOfUnknown) : kOfUnknown;
  }

  void retry(Backoff& backoff, std::uint64_t& farthest, const TransferError& error) {
    const bool slow = dynamic_cast<const TooSlow*>(&error) != nullptr;
    if (!slow && partial_.size() > farthest + worth_going_on()) {
      farthest = partial_.size();
      backoff.start_over();
    }
    try {
      if (const auto* answer = dynamic_cast<const PassingAnswer*>(&error)) {
        backoff.wait_after(answer->response);
      } else {
        backoff.wait_after(error);
      }
    } catch (const Unreachable& last) {
      const auto& expected = what_.metadata.size;
      throw Unreachable(fmt::format("{}: {}{}", name(), last.problem(),
                                    expected ? fmt::format("; {} of {} bytes are there",
                                                           partial_.size(), *expected)
                                             : ""),
                        {}, "the same command continues from there");
    }
  }

  /// What is wrong with the file; empty: nothing.
  std::string verify() {
    const fs::path path = incomplete(blob_);
    const auto& expected = what_.metadata.size;
    if (expected && partial_.size() != *expected) {
      return fmt::format("{} has {} bytes instead of {}", name(), partial_.size(), *expected);
    }
    const std::string& etag = what_.metadata.etag;
    const std::string fault = content_fault(path, etag);
    if (fault.empty()) return {};
    return fmt::format("wrong content of {}: {}, the Hub says {}", name(), fault, etag);
  }

  void tell(std::uint64_t done, bool finished) const {
    if (!options_.on_progress) return;
    options_.on_progress(
        {what_.repository.name, what_.file, done, what_.metadata.size.value_or(0), finished});
  }

  Client& client_;
  const Download& what_;
  const fs::path& blob_;
  const Options& options_;
  PartialFile partial_{incomplete(blob_)};
};

}  // namespace

fs::path incomplete(const fs::path& blob) { return blob.string() + ".incomplete"; }

void download(Client& client, const Download& what, const fs::path& blob, const Options& options) {
  Downloader(client, what, blob, options).run();
}

}  // namespace quantbench::hub
