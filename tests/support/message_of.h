#pragma once

#include <string>

#include "quantbench/base/error.h"

namespace quantbench::test {

/// The line that the Error thrown by `body` prints; "nothing was thrown" when it throws none.
template <typename Body>
std::string message_of(const Body& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was thrown";
}

}  // namespace quantbench::test
