#include "quantbench/base/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <utility>

#include "quantbench/base/error.h"

namespace quantbench {

namespace {

constexpr std::size_t kWriteBuffer = std::size_t{1} << 20;

[[noreturn]] void throw_errno(const std::string& doing, const std::filesystem::path& path) {
  throw Error(doing + ": " + std::generic_category().message(errno), path.string());
}

void write_all(int descriptor, const char* data, std::size_t size,
               const std::filesystem::path& target) {
  while (size > 0) {
    const ssize_t written = ::write(descriptor, data, size);
    if (written < 0) {
      if (errno == EINTR) continue;
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

}  // namespace

MappedFile::MappedFile(std::filesystem::path path, const std::byte* data, std::size_t size)
    : path_(std::move(path)), data_(data), size_(size) {}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<std::byte*>(data_), size_);
}

std::shared_ptr<const MappedFile> MappedFile::open(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) throw_errno("cannot open file", path);
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) {
    const int saved = errno;
    ::close(descriptor);
    errno = saved;
    throw_errno("cannot read file", path);
  }
  if (!S_ISREG(status.st_mode)) {
    ::close(descriptor);
    throw Error("is not a regular file", path.string());
  }
  const auto size = static_cast<std::size_t>(status.st_size);
  const std::byte* data = nullptr;
  if (size > 0) {
    void* address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (address == MAP_FAILED) {
      const int saved = errno;
      ::close(descriptor);
      errno = saved;
      throw_errno("cannot map file", path);
    }
    data = static_cast<const std::byte*>(address);
  }
  ::close(descriptor);
  return std::shared_ptr<const MappedFile>(new MappedFile(path, data, size));
}

AtomicFile::AtomicFile(std::filesystem::path target) : target_(std::move(target)) {
  std::error_code failure;
  if (target_.has_parent_path())
    std::filesystem::create_directories(target_.parent_path(), failure);
  std::string name = target_.string() + ".XXXXXX";
  descriptor_ = ::mkostemp(name.data(), O_CLOEXEC);
  if (descriptor_ < 0) throw_errno("cannot create file", target_);
  temporary_ = name;
  // mkstemp makes private files; results are meant to be shared as the user's umask says.
  const mode_t mask = ::umask(0);
  ::umask(mask);
  ::fchmod(descriptor_, 0666 & ~mask);
}

AtomicFile::~AtomicFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  write(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

void AtomicFile::write(std::string_view text) {
  if (buffer_.size() + text.size() > kWriteBuffer) flush();
  if (text.size() > kWriteBuffer) {
    write_all(descriptor_, text.data(), text.size(), target_);
  } else {
    buffer_ += text;
  }
}

void AtomicFile::reserve(std::uint64_t bytes) {
  // Reserves blocks without changing the file's size.
  while (bytes > 0 &&
         ::fallocate(descriptor_, FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(bytes)) != 0) {
    if (errno == EINTR) continue;
    if (errno == ENOSPC || errno == EDQUOT || errno == EFBIG) throw_errno("cannot write", target_);
    return;
  }
}

void AtomicFile::flush() {
  write_all(descriptor_, buffer_.data(), buffer_.size(), target_);
  buffer_.clear();
}

void AtomicFile::commit(Disk disk) {
  flush();
  const bool replaces = ::access(target_.c_str(), F_OK) == 0;
  if (replaces && disk == Disk::kStart) {
    // Only a hint: where it is not understood nothing is lost that was there before.
    ::sync_file_range(descriptor_, 0, 0, SYNC_FILE_RANGE_WRITE);
  }
  // EINVAL: a file system that has no such thing.
  if (replaces && disk == Disk::kAwait && ::fsync(descriptor_) != 0 && errno != EINVAL) {
    throw_errno("cannot write", target_);
  }
  const int descriptor = std::exchange(descriptor_, -1);
  if (::close(descriptor) != 0) throw_errno("cannot write", target_);
  if (::rename(temporary_.c_str(), target_.c_str()) != 0)
    throw_errno("cannot replace file", target_);
  temporary_.clear();
  if (replaces && disk == Disk::kAwait) sync_directory_of(target_);
}

std::string read_text(const std::filesystem::path& path) {
  const auto file = MappedFile::open(path);
  const auto bytes = file->bytes();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void write_text(const std::filesystem::path& path, std::string_view text) {
  AtomicFile file(path);
  file.write(text);
  file.commit(AtomicFile::Disk::kAwait);
}

TemporaryDirectory::TemporaryDirectory(std::string_view prefix) {
  std::string name =
      (std::filesystem::temp_directory_path() / (std::string(prefix) + "-XXXXXX")).string();
  if (::mkdtemp(name.data()) == nullptr) throw_errno("cannot create a temporary directory", name);
  path_ = name;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace quantbench
