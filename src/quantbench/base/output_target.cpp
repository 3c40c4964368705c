#include "quantbench/base/output_target.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <variant>

#include "quantbench/base/error.h"

namespace quantbench {

namespace fs = std::filesystem;

namespace {

constexpr int kMostLinks = 40;
constexpr auto kWaitForReader = std::chrono::seconds(3);

[[noreturn]] void throw_system_error(const std::string& doing, const fs::path& path, int code) {
  throw Error(doing + ": " + std::generic_category().message(code), path.string());
}

/// "/dev/fd/3" and "/proc/self/fd/3" are open descriptors and no places in a file system: their
/// link text names a file, but replacing that would lose what other writers of the descriptor
/// write.
std::optional<int> own_descriptor(const fs::path& path) {
  std::error_code failure;
  const fs::path directory = fs::canonical(path.parent_path(), failure);
  if (failure) return std::nullopt;
  const std::string process = "/proc/" + std::to_string(::getpid());
  if (directory.filename() != "fd" || !directory.string().starts_with(process + "/")) {
    return std::nullopt;
  }
  const std::string name = path.filename().string();
  int number = -1;
  const auto [end, fault] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (fault != std::errc() || end != name.data() + name.size()) return std::nullopt;
  return number;
}

/// The file at the end of the links, which may not exist, or a descriptor.
std::variant<fs::path, int> follow(const fs::path& named) {
  if (named.empty()) throw Error("the name of an output is empty");
  fs::path path = named;
  for (int links = 0; links < kMostLinks; ++links) {
    if (const auto number = own_descriptor(path)) return *number;
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0 || !S_ISLNK(status.st_mode)) return path;
    std::error_code failure;
    const fs::path next = fs::read_symlink(path, failure);
    if (failure) throw Error("cannot read the link: " + failure.message(), path.string());
    path = next.is_absolute() ? next : path.parent_path() / next;
  }
  throw_system_error("cannot write", named, ELOOP);
}

const char* kind_of(mode_t mode) {
  if (S_ISDIR(mode)) return "a directory";
  if (S_ISBLK(mode)) return "a block device";
  if (S_ISSOCK(mode)) return "a socket";
  if (S_ISFIFO(mode)) return "a FIFO";
  return "a device";
}

/// Opens a FIFO or a character device for writing.
int open_stream(const fs::path& path) {
  const auto begin = std::chrono::steady_clock::now();
  int descriptor = -1;
  // Without O_NONBLOCK the open would wait for a reader for ever.
  while ((descriptor = ::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)) < 0) {
    const int code = errno;
    if (code == EINTR) continue;
    if (code != ENXIO) throw_system_error("cannot write", path, code);
    if (std::chrono::steady_clock::now() - begin > kWaitForReader) {
      throw Error("is a FIFO that no process reads", path.string(), "start its reader first");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  ::fcntl(descriptor, F_SETFL, ::fcntl(descriptor, F_GETFL) & ~O_NONBLOCK);
  return descriptor;
}

}  // namespace

OutputTarget open_output(const fs::path& named) {
  const auto end = follow(named);
  OutputTarget target;
  if (const int* number = std::get_if<int>(&end)) {
    target.descriptor = ::fcntl(*number, F_DUPFD_CLOEXEC, 3);
    if (target.descriptor < 0) throw_system_error("cannot write", named, errno);
    return target;
  }
  target.file = std::get<fs::path>(end);
  struct stat status {};
  if (::stat(target.file.c_str(), &status) != 0 || S_ISREG(status.st_mode)) {
    if (!target.file.has_filename()) throw Error("is a directory", named.string());
    return target;
  }
  if (!S_ISFIFO(status.st_mode) && !S_ISCHR(status.st_mode)) {
    throw Error(std::string("is ") + kind_of(status.st_mode), named.string(), "name a file");
  }
  target.descriptor = open_stream(target.file);
  target.file.clear();
  return target;
}

fs::path output_file(const fs::path& named) {
  const auto end = follow(named);
  const fs::path* file = std::get_if<fs::path>(&end);
  return file == nullptr ? fs::path() : *file;
}

bool is_standard_output(const fs::path& named) {
  if (named.empty()) return false;
  const auto end = follow(named);
  const int* number = std::get_if<int>(&end);
  return number != nullptr && *number == STDOUT_FILENO;
}

void require_regular_output(const fs::path& named) {
  struct stat status {};
  if (::stat(named.c_str(), &status) != 0 || S_ISREG(status.st_mode)) return;
  throw Error(std::string("is ") + kind_of(status.st_mode), named.string(),
              "give the path of a regular file");
}

}  // namespace quantbench
