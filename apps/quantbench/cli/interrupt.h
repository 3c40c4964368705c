#pragma once

#include <csignal>
#include <thread>
#include <vector>

namespace quantbench::cli {

/// While it lives, Ctrl-C, SIGTERM and SIGHUP end the process with kInterrupted and leave no
/// temporary file behind; without it they end it on the spot. A signal that was ignored (nohup, a
/// job in the background) stays ignored. A second signal of the kind ends the process on the spot.
/// What takes these signals for itself meanwhile (a run, which keeps its finished stages) sets its
/// own actions and sets the former ones again.
class InterruptWatch {
 public:
  InterruptWatch();
  ~InterruptWatch();
  InterruptWatch(const InterruptWatch&) = delete;
  InterruptWatch& operator=(const InterruptWatch&) = delete;

 private:
  struct Former {
    int signal;
    struct sigaction action;
  };

  std::vector<Former> former_;
  std::thread watcher_;
};

}  // namespace quantbench::cli
