#pragma once

#include <string>

#include "quantbench/base/error.h"

namespace quantbench::test {

/// The printed line of the Error that `body` throws; "nothing was thrown" without an Error.
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
