#pragma once

#include <mutex>
#include <string>
#include <string_view>

namespace quantbench {

/// A stream of diagnostics, standard error as a rule: lines and, on a terminal, one live line below
/// them (a progress bar). The one object that writes there, so that lines of several threads never
/// mix.
///
/// Best effort: what cannot be written (a closed descriptor, a full disk, a terminal that went
/// away) is lost, and the work goes on.
class DiagnosticStream {
 public:
  explicit DiagnosticStream(int descriptor) : descriptor_(descriptor) {}
  DiagnosticStream(const DiagnosticStream&) = delete;
  DiagnosticStream& operator=(const DiagnosticStream&) = delete;

  int descriptor() const { return descriptor_; }

  /// Writes one line; the line break is added. A live line gives way to it.
  void print(std::string_view line);
  /// Shows `text` in place of the live line. On a terminal only.
  void show_live(std::string_view text);
  void clear_live();

 private:
  void write(std::string_view text) const;

  const int descriptor_;
  std::mutex lock_;
  bool is_live_ = false;
};

/// The stream of standard error.
DiagnosticStream& diagnostics();

}  // namespace quantbench
