#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/base/lfs_pointer.h"
#include "quantbench/base/mapped_ranges.h"

namespace quantbench {

namespace {

/// An open file that is closed with this object.
class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return value_; }

 private:
  int value_;
};

[[noreturn]] void throw_cannot(const char* doing, const std::filesystem::path& path) {
  throw Error(std::string(doing) + ": " + std::generic_category().message(errno), path.string());
}

}  // namespace

MappedFile::MappedFile(std::filesystem::path path, const std::byte* data, std::size_t size)
    : path_(std::move(path)), data_(data), size_(size) {}

MappedFile::~MappedFile() {
  range_.reset();
  if (data_ != nullptr) ::munmap(const_cast<std::byte*>(data_), size_);
}

std::shared_ptr<const MappedFile> MappedFile::open(const std::filesystem::path& path) {
  // O_NONBLOCK: a FIFO would otherwise be waited for. It changes nothing about regular files.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (file.get() < 0) throw_cannot("cannot open file", path);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) throw_cannot("cannot read file", path);
  if (!S_ISREG(status.st_mode)) throw Error("is not a regular file", path.string());
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size == 0) return std::shared_ptr<const MappedFile>(new MappedFile(path, nullptr, 0));
  void* const address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (address == MAP_FAILED) throw_cannot("cannot map file", path);
  std::shared_ptr<MappedFile> mapped(
      new MappedFile(path, static_cast<const std::byte*>(address), size));
  mapped->range_ = std::make_unique<MappedRange>(mapped->bytes(), path, status);
  refuse_lfs_pointer(mapped->bytes(), path.string());
  return mapped;
}

std::string read_text(const std::filesystem::path& path) {
  const auto file = MappedFile::open(path);
  const auto bytes = file->bytes();
  std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  throw_if_file_shrank();
  return text;
}

}  // namespace quantbench
