#include "quantbench/base/file.h"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/base/output_target.h"
#include "quantbench/base/temporaries.h"

namespace quantbench {

namespace {

constexpr std::size_t kWriteBuffer = std::size_t{1} << 20;
/// Of a name that gets a suffix: a name may have 255 bytes.
constexpr std::size_t kLongestStem = 240;

[[noreturn]] void throw_errno(const std::string& doing, const std::filesystem::path& path) {
  throw Error(doing + ": " + std::generic_category().message(errno), path.string());
}

/// Reads a byte of each page. Where the system call that was to read them says EFAULT, a mapped
/// file got shorter: this reads it as the program does, which marks the file.
void touch(const char* data, std::size_t size) {
  constexpr std::size_t kPage = 4096;
  for (std::size_t i = 0; i < size; i += kPage) (void)*static_cast<const volatile char*>(data + i);
  if (size > 0) (void)*static_cast<const volatile char*>(data + size - 1);
}

void write_all(int descriptor, const char* data, std::size_t size,
               const std::filesystem::path& target) {
  while (size > 0) {
    const ssize_t written = ::write(descriptor, data, size);
    if (written < 0) {
      if (errno == EINTR) continue;
      if (errno == EFAULT) {
        touch(data, size);
        throw_if_file_shrank();
        errno = EFAULT;
      }
      throw_errno("cannot write", target);
    }
    data += written;
    size -= static_cast<std::size_t>(written);
  }
}

/// Brings a rename to the disk. Where that fails the rename is none the less done.
void sync_directory_of(const std::filesystem::path& file) {
  const std::string directory = file.has_parent_path() ? file.parent_path().string() : ".";
  const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

/// "3fA9c1": six characters that no other process is likely to choose.
std::string random_suffix() {
  constexpr std::string_view kCharacters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  std::array<unsigned char, 6> random{};
  if (::getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size())) {
    for (unsigned char& byte : random) byte = static_cast<unsigned char>(std::rand());
  }
  std::string suffix;
  for (const unsigned char byte : random) suffix += kCharacters[byte % kCharacters.size()];
  return suffix;
}

}  // namespace

AtomicFile::AtomicFile(std::filesystem::path target, Target kind) : named_(std::move(target)) {
  if (kind == Target::kUserNamed) {
    OutputTarget output = open_output(named_);
    target_ = std::move(output.file);
    descriptor_ = output.descriptor;
  } else {
    target_ = named_;
  }
  if (descriptor_ < 0) create_temporary();
}

AtomicFile::~AtomicFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (temporary_.empty()) return;
  const auto lock = lock_temporaries();
  ::unlink(temporary_.c_str());
  forget_temporary(temporary_);
}

void AtomicFile::create_temporary() {
  std::error_code failure;
  if (target_.has_parent_path()) {
    std::filesystem::create_directories(target_.parent_path(), failure);
  }
  const std::string stem = target_.filename().string().substr(0, kLongestStem);
  const auto lock = lock_temporaries();
  constexpr int kTries = 100;
  for (int i = 0; i < kTries; ++i) {
    const auto name = target_.parent_path() / (stem + "." + random_suffix());
    // With the permissions that the user's umask leaves: results are meant to be shared as it says.
    descriptor_ = ::open(name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (descriptor_ >= 0) {
      temporary_ = name;
      add_temporary(name);
      return;
    }
    if (errno != EEXIST && errno != EINTR) break;
  }
  throw_errno("cannot create file", named_);
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  write(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

void AtomicFile::write(std::string_view text) {
  if (buffer_.size() + text.size() > kWriteBuffer) flush();
  if (text.size() > kWriteBuffer) {
    write_all(descriptor_, text.data(), text.size(), named_);
  } else {
    buffer_ += text;
  }
}

void AtomicFile::reserve(std::uint64_t bytes) {
  if (target_.empty()) return;
  // Reserves blocks without changing the file's size.
  while (bytes > 0 &&
         ::fallocate(descriptor_, FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(bytes)) != 0) {
    if (errno == EINTR) continue;
    if (errno == ENOSPC || errno == EDQUOT || errno == EFBIG) throw_errno("cannot write", named_);
    return;
  }
}

void AtomicFile::flush() {
  write_all(descriptor_, buffer_.data(), buffer_.size(), named_);
  buffer_.clear();
}

void AtomicFile::close() {
  const int descriptor = std::exchange(descriptor_, -1);
  if (::close(descriptor) != 0) throw_errno("cannot write", named_);
}

void AtomicFile::commit(Disk disk) {
  throw_if_file_shrank();
  flush();
  if (target_.empty()) return close();
  const bool replaces = ::access(target_.c_str(), F_OK) == 0;
  if (replaces && disk == Disk::kStart) {
    // Only a hint: where it is not understood nothing is lost that was there before.
    ::sync_file_range(descriptor_, 0, 0, SYNC_FILE_RANGE_WRITE);
  }
  // EINVAL: a file system that has no such thing.
  if (replaces && disk == Disk::kAwait && ::fsync(descriptor_) != 0 && errno != EINVAL) {
    throw_errno("cannot write", named_);
  }
  close();
  {
    const auto lock = lock_temporaries();
    if (::rename(temporary_.c_str(), target_.c_str()) != 0)
      throw_errno("cannot replace file", named_);
    forget_temporary(temporary_);
    temporary_.clear();
  }
  if (replaces && disk == Disk::kAwait) sync_directory_of(target_);
}

std::uint64_t bytes_in(const std::filesystem::path& directory) {
  std::uint64_t bytes = 0;
  std::error_code failure;
  for (std::filesystem::directory_iterator file(directory, failure), end; !failure && file != end;
       file.increment(failure)) {
    std::error_code ignored;
    const std::uintmax_t size = file->file_size(ignored);
    if (!ignored) bytes += size;
  }
  return bytes;
}

void write_text(const std::filesystem::path& path, std::string_view text, AtomicFile::Target kind) {
  AtomicFile file(path, kind);
  file.write(text);
  file.commit(AtomicFile::Disk::kAwait);
}

TemporaryDirectory::TemporaryDirectory(std::string_view prefix) {
  std::error_code failure;
  const auto parent = std::filesystem::temp_directory_path(failure);
  if (failure) {
    const char* named = std::getenv("TMPDIR");
    throw Error("cannot create a temporary directory: " + failure.message(),
                named == nullptr ? "/tmp" : named, "set TMPDIR to a directory");
  }
  std::string name = (parent / (std::string(prefix) + "-XXXXXX")).string();
  const auto lock = lock_temporaries();
  if (::mkdtemp(name.data()) == nullptr) throw_errno("cannot create a temporary directory", name);
  path_ = name;
  add_temporary(path_);
}

TemporaryDirectory::~TemporaryDirectory() {
  const auto lock = lock_temporaries();
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
  forget_temporary(path_);
}

}  // namespace quantbench
