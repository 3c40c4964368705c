#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace quantbench {

/// The one error type a user ever sees. It carries three things apart, so that the command line can
/// print them as one line and a program can act on them: what is wrong, where (file, line, key,
/// tensor, node) and what would be right.
///
/// Thrown where the fault is found; callers that know more about the place add it on the way up
/// with `add_context`.
class Error : public std::runtime_error {
 public:
  explicit Error(std::string what, std::string where = {}, std::string hint = {});

  /// What is wrong, without place or hint.
  const std::string& problem() const { return problem_; }
  /// The place, outermost part first: "spec.yaml:12: calibration.method". Empty when unknown.
  const std::string& where() const { return where_; }
  /// What would be right. Empty when there is nothing to suggest.
  const std::string& hint() const { return hint_; }

  /// Prefixes the place with an outer one (a file around a tensor, say).
  void add_context(std::string_view outer);

  /// "where: problem (hint)" on one line; control characters and line breaks in any part become
  /// spaces.
  const char* what() const noexcept override { return message_.c_str(); }

 private:
  void compose();

  std::string problem_;
  std::string where_;
  std::string hint_;
  std::string message_;
};

/// Runs `body`; an Error that leaves it gets `outer` put before its place.
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
