#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace quantbench {

/// The only error type that users see. It has three parts: what is wrong, where (file, line, key,
/// tensor, node), and a hint how to fix it. The command line prints them as one line; programs can
/// read each part.
///
/// Thrown where the error is found. Callers that know more of the place add it with `add_context`.
class Error : public std::runtime_error {
 public:
  explicit Error(std::string what, std::string where = {}, std::string hint = {});

  /// What is wrong, without place or hint.
  const std::string& problem() const { return problem_; }
  /// The place, outermost part first: "spec.yaml:12: calibration.method". Empty when unknown.
  const std::string& where() const { return where_; }
  /// How to fix it. Empty if there is nothing to suggest.
  const std::string& hint() const { return hint_; }

  /// Puts an outer place before the place (for example, the file of a tensor).
  void add_context(std::string_view outer);

  /// "where: problem (hint)" on one line. Control characters are shown (visible(), utf8.h).
  const char* what() const noexcept override { return message_.c_str(); }

 private:
  void compose();

  std::string problem_;
  std::string where_;
  std::string hint_;
  std::string message_;
};

/// Runs `body`. If it throws an Error, `outer` is put before its place.
template <typename Body>
decltype(auto) with_context(std::string_view outer, Body&& body) {
  try {
    return body();
  } catch (Error& error) {
    error.add_context(outer);
    throw;
  }
}

}  // namespace quantbench
