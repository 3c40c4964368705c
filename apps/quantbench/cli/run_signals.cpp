#include "cli/run_signals.h"

#include <cstddef>

namespace quantbench::cli {

namespace {

std::atomic<bool> is_interrupted{false};
std::atomic<int> times_asked{0};
std::atomic<bool> is_told_to_end{false};

void on_run_signal(int signal) {
  if (signal == SIGINT) {
    ++times_asked;
  } else {
    is_told_to_end = true;
  }
  is_interrupted = true;
}

}  // namespace

RunSignals::RunSignals(Second second) {
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    ::sigaction(kSignals[i], nullptr, &former_[i]);
    if (kSignals[i] == SIGHUP && former_[i].sa_handler == SIG_IGN) continue;
    struct sigaction action {};
    action.sa_handler = on_run_signal;
    const bool resets = second == Second::kEndsTheProcess && kSignals[i] != SIGHUP;
    action.sa_flags = resets ? static_cast<int>(SA_RESETHAND) : 0;
    ::sigaction(kSignals[i], &action, nullptr);
  }
}

RunSignals::~RunSignals() {
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    ::sigaction(kSignals[i], &former_[i], nullptr);
  }
}

const std::atomic<bool>& RunSignals::interrupted() const { return is_interrupted; }
int RunSignals::asked() const { return times_asked; }
bool RunSignals::told_to_end() const { return is_told_to_end; }

}  // namespace quantbench::cli
