#include "quantbench/base/standard_streams.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <initializer_list>

namespace quantbench {

void secure_standard_streams() {
  for (const int number : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(number, F_GETFD) >= 0 || errno != EBADF) continue;
    // open gives the lowest free number, which is this one. Not for writing: what is written to a
    // closed standard output is lost, and has to be an error.
    if (::open("/dev/null", O_RDONLY) < 0) ::open("/", O_RDONLY | O_DIRECTORY);
  }
  ::signal(SIGPIPE, SIG_IGN);
}

}  // namespace quantbench
