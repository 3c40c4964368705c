// A disk that fills up, and a record of what reaches the disk: preloaded (LD_PRELOAD) into the
// program and its workers by tests/fault/harness.py. Both look only at files below the directories
// of QUANTBENCH_FAULT_UNDER (separated by ':').
//
// QUANTBENCH_FAULT_BYTES=N, QUANTBENCH_FAULT_COUNTER=FILE: after N bytes, counted over all
// processes in FILE (8 bytes of zeros), a write gives ENOSPC. The write that crosses N is cut
// short, as a real disk does it.
//
// QUANTBENCH_FAULT_SIGNAL=NUMBER: in place of ENOSPC the process gets this signal, and the write
// waits for a minute, as on a disk that hangs.
//
// QUANTBENCH_FAULT_LOG=FILE: appends each change, in the order in which the changes happen over all
// processes, as a line of fields separated by tabs (the operation, then its fields), and after the
// line of a write its bytes. Files are named by their inode: a rename does not change what an open
// file is.
//     create INODE PATH    mkdir PATH         write INODE OFFSET SIZE    truncate INODE SIZE
//     rename FROM TO       unlink PATH        rmdir PATH                 sync INODE (a file)
//     sync_directory PATH
//
// QUANTBENCH_FAULT_SHRINKS=PATH, QUANTBENCH_FAULT_SHRINKS_AT=N,
// QUANTBENCH_FAULT_SHRINKS_COUNTER=FILE: the file is cut to 100 bytes right after it was mapped, or
// begun to be read, for the N-th time in all processes.
//
// QUANTBENCH_FAULT_ISOLATED=NUMBER: a process that the program forks for a library
// (base/isolated.h; the only ones that set an alarm) gets this signal at its beginning; 0: it
// hangs.
//
// QUANTBENCH_FAULT_CLOCK=SECONDS: the time of day is that much later or earlier at each second look
// (the monotonic clock is left alone).
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>
#include <vector>

#define EXPORTED extern "C" __attribute__((visibility("default")))

namespace {

/// The function of this name in the library that comes after this one: the real one.
template <typename Function>
Function next(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}
#define REAL(name) next<decltype(&::name)>(#name)

class Faults {
 public:
  static Faults& get() {
    static Faults* const one =
        new Faults;  // lives as long as the process: others write in their destructors
    return *one;
  }

  bool watches(const std::string& path) const {
    for (const std::string& directory : under_) {
      if (path.size() > directory.size() && path.compare(0, directory.size(), directory) == 0 &&
          path[directory.size()] == '/') {
        return true;
      }
    }
    return false;
  }
  bool watches(int descriptor) const { return !under_.empty() && watches(path_of(descriptor)); }

  /// Takes up to `size` bytes of what is left of the disk; says how many there were.
  std::size_t take(std::size_t size) {
    if (counter_ == nullptr) return size;
    const std::uint64_t before = counter_->fetch_add(size);
    if (before + size <= limit_) return size;
    return before >= limit_ ? 0 : static_cast<std::size_t>(limit_ - before);
  }
  /// The disk is full.
  static void signal_if_asked() {
    if (std::getenv("QUANTBENCH_FAULT_SIGNAL") == nullptr) return;
    ::kill(::getpid(), static_cast<int>(number("QUANTBENCH_FAULT_SIGNAL")));
    for (unsigned left = 60; left > 0;) left = ::sleep(left);
  }
  bool has_room(std::uint64_t size) const {
    return counter_ == nullptr || counter_->load() + size <= limit_;
  }
  bool is_full() const { return counter_ != nullptr && counter_->load() >= limit_; }

  /// Called after a file was mapped or read from its begin.
  void shrink_if_due(int descriptor) {
    if (shrinks_.empty() || path_of(descriptor) != shrinks_) return;
    if (shrinks_counter_->fetch_add(1) + 1 != shrinks_at_) return;
    const int kept = errno;
    if (::truncate(shrinks_.c_str(), 100) != 0) std::abort();
    errno = kept;
  }

  bool records() const { return log_ >= 0; }
  void append(const std::string& line, const void* bytes = nullptr, std::size_t size = 0) {
    const int kept = errno;
    std::string text = line + "\n";
    if (size > 0) text.append(static_cast<const char*>(bytes), size);
    const auto write = REAL(write);
    for (std::size_t done = 0; done < text.size();) {
      const ssize_t written = write(log_, text.data() + done, text.size() - done);
      if (written <= 0) std::abort();
      done += static_cast<std::size_t>(written);
    }
    errno = kept;
  }

  /// Of a path as the caller gave it, without following a link in its last part.
  static std::string absolute(int directory, const char* path) {
    if (path[0] == '/') return normal(path);
    std::string base;
    if (directory == AT_FDCWD) {
      char here[PATH_MAX];
      base = ::getcwd(here, sizeof here) != nullptr ? here : "";
    } else {
      base = path_of(directory);
    }
    return normal(base + "/" + path);
  }

  static std::string path_of(int descriptor) {
    char link[PATH_MAX];
    const std::string name = "/proc/self/fd/" + std::to_string(descriptor);
    const ssize_t size = ::readlink(name.c_str(), link, sizeof link);
    return size > 0 ? std::string(link, static_cast<std::size_t>(size)) : std::string();
  }

  /// One change of the disk at a time, over threads and processes, so that the log has their order.
  class Turn {
   public:
    explicit Turn(Faults& faults) : faults_(faults), lock_(faults.mutex_) {
      if (faults_.log_ >= 0) ::flock(faults_.log_, LOCK_EX);
    }
    ~Turn() {
      const int kept = errno;
      if (faults_.log_ >= 0) ::flock(faults_.log_, LOCK_UN);
      errno = kept;
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    Faults& faults_;
    std::lock_guard<std::recursive_mutex> lock_;
  };

 private:
  Faults() {
    const char* under = std::getenv("QUANTBENCH_FAULT_UNDER");
    for (std::string rest = under != nullptr ? under : ""; !rest.empty();) {
      const auto end = rest.find(':');
      under_.push_back(rest.substr(0, end));
      rest = end == std::string::npos ? "" : rest.substr(end + 1);
    }
    if (std::getenv("QUANTBENCH_FAULT_COUNTER") != nullptr) {
      counter_ = shared_number("QUANTBENCH_FAULT_COUNTER");
      limit_ = number("QUANTBENCH_FAULT_BYTES");
    }
    if (const char* shrinks = std::getenv("QUANTBENCH_FAULT_SHRINKS")) {
      shrinks_ = shrinks;
      shrinks_counter_ = shared_number("QUANTBENCH_FAULT_SHRINKS_COUNTER");
      shrinks_at_ = number("QUANTBENCH_FAULT_SHRINKS_AT");
    }
    if (const char* log = std::getenv("QUANTBENCH_FAULT_LOG")) {
      log_ = REAL(open)(log, O_WRONLY | O_APPEND | O_CLOEXEC);
      // Out of the way of the numbers that the program gives to its workers' descriptors.
      const int high = ::fcntl(log_, F_DUPFD_CLOEXEC, 500);
      if (high < 0) std::abort();
      ::close(log_);
      log_ = high;
    }
  }

  static std::uint64_t number(const char* variable) {
    const char* text = std::getenv(variable);
    if (text == nullptr) std::abort();
    return std::strtoull(text, nullptr, 10);
  }
  /// In the file that the variable names, shared by all processes.
  static std::atomic<std::uint64_t>* shared_number(const char* variable) {
    const char* path = std::getenv(variable);
    const int file = path != nullptr ? REAL(open)(path, O_RDWR | O_CLOEXEC) : -1;
    void* place =
        REAL(mmap)(nullptr, sizeof(std::uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (place == MAP_FAILED) std::abort();
    ::close(file);
    return static_cast<std::atomic<std::uint64_t>*>(place);
  }

  static std::string normal(const std::string& path) {
    std::vector<std::string> parts;
    for (std::size_t begin = 0; begin < path.size();) {
      auto end = path.find('/', begin);
      if (end == std::string::npos) end = path.size();
      const std::string part = path.substr(begin, end - begin);
      if (part == "..") {
        if (!parts.empty()) parts.pop_back();
      } else if (!part.empty() && part != ".") {
        parts.push_back(part);
      }
      begin = end + 1;
    }
    std::string out;
    for (const std::string& part : parts) out += "/" + part;
    return out;
  }

  std::vector<std::string> under_;
  std::atomic<std::uint64_t>* counter_ = nullptr;
  std::uint64_t limit_ = 0;
  std::string shrinks_;
  std::atomic<std::uint64_t>* shrinks_counter_ = nullptr;
  std::uint64_t shrinks_at_ = 0;
  int log_ = -1;
  std::recursive_mutex mutex_;
};

std::string inode_of(int descriptor) {
  struct stat status {};
  return ::fstat(descriptor, &status) == 0 ? std::to_string(status.st_ino) : "0";
}

/// A write of `size` bytes at `offset` (-1: where the file stands): short or refused when the disk
/// is full.
template <typename Write>
ssize_t write_some(int descriptor, const void* bytes, std::size_t size, off_t offset,
                   const Write& write) {
  Faults& faults = Faults::get();
  if (!faults.watches(descriptor)) return write(size);
  const Faults::Turn turn(faults);
  const std::size_t room = faults.take(size);
  if (size > 0 && room == 0) {
    Faults::signal_if_asked();
    errno = ENOSPC;
    return -1;
  }
  if (offset < 0) {
    const bool appends = (::fcntl(descriptor, F_GETFL) & O_APPEND) != 0;
    offset = ::lseek(descriptor, 0, appends ? SEEK_END : SEEK_CUR);
  }
  const ssize_t written = write(room);
  if (written > 0 && faults.records()) {
    faults.append("write\t" + inode_of(descriptor) + "\t" + std::to_string(offset) + "\t" +
                      std::to_string(written),
                  bytes, static_cast<std::size_t>(written));
  }
  return written;
}

/// Opens by `open()`; records a file that this made or emptied.
template <typename Open>
int open_some(int directory, const char* path, int flags, const Open& open) {
  Faults& faults = Faults::get();
  if ((flags & (O_CREAT | O_TRUNC)) == 0 || !faults.records()) return open();
  const std::string whole = Faults::absolute(directory, path);
  if (!faults.watches(whole)) return open();
  const Faults::Turn turn(faults);
  struct stat before {};
  const bool was_there = ::lstat(whole.c_str(), &before) == 0;
  const int descriptor = open();
  if (descriptor < 0) return descriptor;
  if (!was_there) faults.append("create\t" + inode_of(descriptor) + "\t" + whole);
  if (was_there && (flags & O_TRUNC) != 0)
    faults.append("truncate\t" + inode_of(descriptor) + "\t0");
  return descriptor;
}

/// A file made of a template, which `make` completes.
template <typename Make>
int make_some(char* name, const Make& make) {
  Faults& faults = Faults::get();
  if (!faults.records() || !faults.watches(Faults::absolute(AT_FDCWD, name))) return make();
  const Faults::Turn turn(faults);
  const int descriptor = make();
  if (descriptor >= 0)
    faults.append("create\t" + inode_of(descriptor) + "\t" + Faults::absolute(AT_FDCWD, name));
  return descriptor;
}

/// A change of a name: `change()` gives 0 when it is done.
template <typename Change>
int change_name(const std::string& path, const std::string& line, const Change& change) {
  Faults& faults = Faults::get();
  if (!faults.records() || !faults.watches(path)) return change();
  const Faults::Turn turn(faults);
  const int result = change();
  if (result == 0) faults.append(line);
  return result;
}

template <typename Sync>
int sync_some(int descriptor, const Sync& sync) {
  Faults& faults = Faults::get();
  if (!faults.records()) return sync();
  const std::string path = Faults::path_of(descriptor);
  // The directory at the top counts, too.
  if (!faults.watches(path) && !faults.watches(path + "/.")) return sync();
  const Faults::Turn turn(faults);
  const int result = sync();
  struct stat status {};
  if (result == 0 && ::fstat(descriptor, &status) == 0) {
    faults.append(S_ISDIR(status.st_mode) ? "sync_directory\t" + path
                                          : "sync\t" + std::to_string(status.st_ino));
  }
  return result;
}

mode_t mode_argument(int flags, va_list arguments) {
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
}

}  // namespace

#define OPEN(name)                                                                          \
  EXPORTED int name(const char* path, int flags, ...) {                                     \
    va_list arguments;                                                                      \
    va_start(arguments, flags);                                                             \
    const mode_t mode = mode_argument(flags, arguments);                                    \
    va_end(arguments);                                                                      \
    return open_some(AT_FDCWD, path, flags, [&] { return REAL(name)(path, flags, mode); }); \
  }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                                            \
  EXPORTED int name(int directory, const char* path, int flags, ...) {          \
    va_list arguments;                                                          \
    va_start(arguments, flags);                                                 \
    const mode_t mode = mode_argument(flags, arguments);                        \
    va_end(arguments);                                                          \
    return open_some(directory, path, flags,                                    \
                     [&] { return REAL(name)(directory, path, flags, mode); }); \
  }
OPENAT(openat)
OPENAT(openat64)

#define FOPEN(name)                                                                      \
  EXPORTED FILE* name(const char* path, const char* mode) {                              \
    const int flags = mode[0] == 'w' ? O_CREAT | O_TRUNC : mode[0] == 'a' ? O_CREAT : 0; \
    FILE* file = nullptr;                                                                \
    open_some(AT_FDCWD, path, flags, [&] {                                               \
      file = REAL(name)(path, mode);                                                     \
      return file == nullptr ? -1 : ::fileno(file);                                      \
    });                                                                                  \
    return file;                                                                         \
  }
FOPEN(fopen)
FOPEN(fopen64)

EXPORTED int mkstemp(char* name) {
  return make_some(name, [&] { return REAL(mkstemp)(name); });
}
EXPORTED int mkstemp64(char* name) {
  return make_some(name, [&] { return REAL(mkstemp64)(name); });
}
EXPORTED int mkostemp(char* name, int flags) {
  return make_some(name, [&] { return REAL(mkostemp)(name, flags); });
}
EXPORTED int mkostemp64(char* name, int flags) {
  return make_some(name, [&] { return REAL(mkostemp64)(name, flags); });
}

EXPORTED ssize_t write(int descriptor, const void* bytes, size_t size) {
  return write_some(descriptor, bytes, size, -1,
                    [&](std::size_t some) { return REAL(write)(descriptor, bytes, some); });
}
EXPORTED ssize_t pwrite(int descriptor, const void* bytes, size_t size, off_t offset) {
  return write_some(descriptor, bytes, size, offset, [&](std::size_t some) {
    return REAL(pwrite)(descriptor, bytes, some, offset);
  });
}
EXPORTED ssize_t pwrite64(int descriptor, const void* bytes, size_t size, off64_t offset) {
  return write_some(descriptor, bytes, size, offset, [&](std::size_t some) {
    return REAL(pwrite64)(descriptor, bytes, some, offset);
  });
}
EXPORTED ssize_t writev(int descriptor, const struct iovec* parts, int count) {
  if (!Faults::get().watches(descriptor)) return REAL(writev)(descriptor, parts, count);
  std::string whole;
  for (int i = 0; i < count; ++i)
    whole.append(static_cast<const char*>(parts[i].iov_base), parts[i].iov_len);
  return ::write(descriptor, whole.data(), whole.size());
}

namespace {

template <typename Truncate>
int truncate_some(int descriptor, off_t size, const Truncate& truncate) {
  Faults& faults = Faults::get();
  if (!faults.records() || !faults.watches(descriptor)) return truncate();
  const Faults::Turn turn(faults);
  const int result = truncate();
  if (result == 0) faults.append("truncate\t" + inode_of(descriptor) + "\t" + std::to_string(size));
  return result;
}

/// Reserving place changes no content (FALLOC_FL_KEEP_SIZE is how the program does it); it fails
/// where there is no place.
template <typename Allocate>
int allocate_some(int descriptor, off_t size, const Allocate& allocate) {
  Faults& faults = Faults::get();
  if (faults.watches(descriptor) && !faults.has_room(static_cast<std::uint64_t>(size))) {
    Faults::signal_if_asked();
    errno = ENOSPC;
    return -1;
  }
  return allocate();
}

}  // namespace

EXPORTED int ftruncate(int descriptor, off_t size) noexcept {
  return truncate_some(descriptor, size, [&] { return REAL(ftruncate)(descriptor, size); });
}
EXPORTED int ftruncate64(int descriptor, off64_t size) noexcept {
  return truncate_some(descriptor, size, [&] { return REAL(ftruncate64)(descriptor, size); });
}
EXPORTED int fallocate(int descriptor, int mode, off_t offset, off_t size) {
  return allocate_some(descriptor, size,
                       [&] { return REAL(fallocate)(descriptor, mode, offset, size); });
}
EXPORTED int fallocate64(int descriptor, int mode, off64_t offset, off64_t size) {
  return allocate_some(descriptor, size,
                       [&] { return REAL(fallocate64)(descriptor, mode, offset, size); });
}
// A copy inside the kernel would pass by the log and the count: callers fall back to reading and
// writing.
EXPORTED ssize_t copy_file_range(int, off64_t*, int, off64_t*, size_t, unsigned) {
  errno = ENOSYS;
  return -1;
}

EXPORTED int fsync(int descriptor) {
  return sync_some(descriptor, [&] { return REAL(fsync)(descriptor); });
}
EXPORTED int fdatasync(int descriptor) {
  return sync_some(descriptor, [&] { return REAL(fdatasync)(descriptor); });
}

EXPORTED int mkdirat(int directory, const char* path, mode_t mode) noexcept {
  Faults& faults = Faults::get();
  const std::string whole = Faults::absolute(directory, path);
  struct stat status {};
  if (faults.is_full() && faults.watches(whole) && ::lstat(whole.c_str(), &status) != 0) {
    errno = ENOSPC;
    return -1;
  }
  return change_name(whole, "mkdir\t" + whole,
                     [&] { return REAL(mkdirat)(directory, path, mode); });
}
EXPORTED int mkdir(const char* path, mode_t mode) noexcept {
  return ::mkdirat(AT_FDCWD, path, mode);
}
EXPORTED char* mkdtemp(char* name) noexcept {
  Faults& faults = Faults::get();
  if (!faults.watches(Faults::absolute(AT_FDCWD, name))) return REAL(mkdtemp)(name);
  if (faults.is_full()) {
    errno = ENOSPC;
    return nullptr;
  }
  const Faults::Turn turn(faults);
  char* made = REAL(mkdtemp)(name);
  if (made != nullptr && faults.records())
    faults.append("mkdir\t" + Faults::absolute(AT_FDCWD, name));
  return made;
}
EXPORTED int renameat(int from_directory, const char* from, int to_directory,
                      const char* to) noexcept {
  const std::string whole = Faults::absolute(to_directory, to);
  return change_name(whole, "rename\t" + Faults::absolute(from_directory, from) + "\t" + whole,
                     [&] { return REAL(renameat)(from_directory, from, to_directory, to); });
}
EXPORTED int rename(const char* from, const char* to) noexcept {
  return ::renameat(AT_FDCWD, from, AT_FDCWD, to);
}
EXPORTED int renameat2(int from_directory, const char* from, int to_directory, const char* to,
                       unsigned flags) noexcept {
  const std::string whole = Faults::absolute(to_directory, to);
  return change_name(
      whole, "rename\t" + Faults::absolute(from_directory, from) + "\t" + whole,
      [&] { return REAL(renameat2)(from_directory, from, to_directory, to, flags); });
}
EXPORTED int unlink(const char* path) noexcept {
  const std::string whole = Faults::absolute(AT_FDCWD, path);
  return change_name(whole, "unlink\t" + whole, [&] { return REAL(unlink)(path); });
}
EXPORTED int unlinkat(int directory, const char* path, int flags) noexcept {
  const std::string whole = Faults::absolute(directory, path);
  return change_name(whole, ((flags & AT_REMOVEDIR) != 0 ? "rmdir\t" : "unlink\t") + whole,
                     [&] { return REAL(unlinkat)(directory, path, flags); });
}
EXPORTED int rmdir(const char* path) noexcept {
  const std::string whole = Faults::absolute(AT_FDCWD, path);
  return change_name(whole, "rmdir\t" + whole, [&] { return REAL(rmdir)(path); });
}
EXPORTED int remove(const char* path) noexcept {
  struct stat status {};
  if (::lstat(path, &status) == 0 && S_ISDIR(status.st_mode)) return ::rmdir(path);
  return ::unlink(path);
}

#define MMAP(name)                                                                           \
  EXPORTED void* name(void* address, size_t size, int protection, int flags, int descriptor, \
                      off_t offset) noexcept {                                               \
    void* place = REAL(name)(address, size, protection, flags, descriptor, offset);          \
    if (descriptor >= 0) Faults::get().shrink_if_due(descriptor);                            \
    return place;                                                                            \
  }
MMAP(mmap)
MMAP(mmap64)

EXPORTED ssize_t read(int descriptor, void* bytes, size_t size) {
  static const auto real = REAL(read);
  const ssize_t got = real(descriptor, bytes, size);
  if (got > 0 && ::lseek(descriptor, 0, SEEK_CUR) == got) Faults::get().shrink_if_due(descriptor);
  return got;
}
#define PREAD(name)                                                               \
  EXPORTED ssize_t name(int descriptor, void* bytes, size_t size, off_t offset) { \
    const ssize_t got = REAL(name)(descriptor, bytes, size, offset);              \
    if (got > 0 && offset == 0) Faults::get().shrink_if_due(descriptor);          \
    return got;                                                                   \
  }
PREAD(pread)
PREAD(pread64)

EXPORTED int clock_gettime(clockid_t clock, struct timespec* time) noexcept {
  static const auto real = REAL(clock_gettime);
  static const char* const jump = std::getenv("QUANTBENCH_FAULT_CLOCK");
  static std::atomic<unsigned> looks{0};
  const int result = real(clock, time);
  if (jump != nullptr && clock == CLOCK_REALTIME && looks++ % 2 == 1)
    time->tv_sec += std::atol(jump);
  return result;
}

EXPORTED unsigned alarm(unsigned seconds) noexcept {
  const char* const fault = std::getenv("QUANTBENCH_FAULT_ISOLATED");
  if (fault == nullptr) return REAL(alarm)(seconds);
  if (std::atoi(fault) != 0) ::raise(std::atoi(fault));
  REAL(alarm)(1);
  for (;;) ::pause();
}
