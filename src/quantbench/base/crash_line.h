#pragma once

#include <string>

namespace quantbench {

/// While it lives, a crash of this process (SIGSEGV, SIGFPE, SIGILL) ends in one line on standard
/// error and exit status 2, not in silence: "quantbench: error: <what> crashed (Segmentation
/// fault)". For work of a library on a stranger's model. One at a time; not under
/// AddressSanitizer, which tells more.
class CrashLine {
 public:
  /// `what`: "ONNX Runtime, run on model.onnx,"; `hint` goes into brackets at the end.
  CrashLine(const std::string& what, const std::string& hint);
  ~CrashLine();
  CrashLine(const CrashLine&) = delete;
  CrashLine& operator=(const CrashLine&) = delete;
};

}  // namespace quantbench
