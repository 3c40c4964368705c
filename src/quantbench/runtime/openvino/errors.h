#pragma once

#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <type_traits>

#include "quantbench/base/error.h"

namespace quantbench::runtime::openvino_plugin {

/// OpenVINO's message in one line, without the places in its own sources.
std::string in_one_line(std::string_view message);

/// The operators that OpenVINO does not know, as its message lists them: "QGemm-1, my.own.Twist".
/// Empty: it says nothing of operators.
std::string unknown_operators(std::string_view message);

/// Runs `body`. What OpenVINO throws becomes an Error.
template <typename Body>
std::invoke_result_t<Body&> guarded(const std::string& doing, const std::string& where,
                                    Body&& body) {
  try {
    return body();
  } catch (const Error&) {
    throw;
  } catch (const std::bad_alloc&) {
    throw Error(doing + ": it takes more memory than there is", where);
  } catch (const std::exception& error) {
    if (const std::string unknown = unknown_operators(error.what()); !unknown.empty()) {
      throw Error("OpenVINO does not know these operators of the model: " + unknown, where,
                  "the static approach with format: QDQ writes operators that it knows");
    }
    throw Error(doing + ": " + in_one_line(error.what()), where);
  }
}

}  // namespace quantbench::runtime::openvino_plugin
