#pragma once

#include <filesystem>

namespace quantbench {

/// Where the bytes of an output go, once links are followed.
struct OutputTarget {
  /// A file that exists or not, to be replaced by rename in its own directory. Empty: `descriptor`.
  std::filesystem::path file;
  /// Open for writing, where there is no file to be replaced: a FIFO, a character device, or a
  /// descriptor of this process
  /// (/dev/stdout, /dev/fd/3). The caller closes it.
  int descriptor = -1;
};

/// Follows the links of an output that a user named. A FIFO is opened once a process reads it,
/// which is waited for some seconds. Throws Error: a directory, a block device, a socket, a FIFO
/// that nothing reads, a circle of links.
OutputTarget open_output(const std::filesystem::path& named);

/// The file that an output stands for, without opening it: links followed; empty when it is a
/// descriptor of this process.
std::filesystem::path output_file(const std::filesystem::path& named);

/// Whether the output is standard output by another name ("/dev/stdout").
bool is_standard_output(const std::filesystem::path& named);

/// Throws Error when the output exists and is not a regular file (a FIFO, a device, a directory),
/// for outputs of several files.
void require_regular_output(const std::filesystem::path& named);

}  // namespace quantbench
