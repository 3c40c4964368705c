#include "quantbench/base/crash_line.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>

#include "quantbench/base/utf8.h"

namespace quantbench {

namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kHandles = false;
#else
constexpr bool kHandles = true;
#endif

constexpr std::array kCrashSignals = {SIGSEGV, SIGFPE, SIGILL};

struct CrashText {
  int number;
  std::array<char, 1024> text;
  std::size_t size;
  struct sigaction former;
};
std::array<CrashText, kCrashSignals.size()> crash_lines;

void on_crash(int number) {
  for (const CrashText& line : crash_lines) {
    if (line.number != number) continue;
    // The process ends, whether or not it can be written.
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.text.data(), line.size);
  }
  ::_exit(2);
}

}  // namespace

CrashLine::CrashLine(const std::string& what, const std::string& hint) {
  if (!kHandles) return;
  for (std::size_t i = 0; i < kCrashSignals.size(); ++i) {
    CrashText& line = crash_lines[i];
    line.number = kCrashSignals[i];
    std::string text =
        "quantbench: error: " + visible(what) + " crashed (" + ::strsignal(kCrashSignals[i]) + ")";
    if (!hint.empty()) text += " (" + hint + ")";
    text.resize(std::min(text.size(), line.text.size() - 1));
    text += '\n';
    std::memcpy(line.text.data(), text.data(), text.size());
    line.size = text.size();
    struct sigaction action {};
    action.sa_handler = on_crash;
    action.sa_flags = SA_ONSTACK | SA_RESETHAND;
    ::sigaction(line.number, &action, &line.former);
  }
}

CrashLine::~CrashLine() {
  if (!kHandles) return;
  for (const CrashText& line : crash_lines) ::sigaction(line.number, &line.former, nullptr);
}

}  // namespace quantbench
