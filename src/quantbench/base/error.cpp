#include "quantbench/base/error.h"

#include <utility>

namespace quantbench {

namespace {

std::string on_one_line(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return text;
}

}  // namespace

Error::Error(std::string what, std::string where, std::string hint)
    : std::runtime_error(what),
      problem_(on_one_line(std::move(what))),
      where_(on_one_line(std::move(where))),
      hint_(on_one_line(std::move(hint))) {
  compose();
}

void Error::add_context(std::string_view outer) {
  if (outer.empty()) return;
  const std::string prefix = on_one_line(std::string(outer));
  where_ = where_.empty() ? prefix : prefix + ": " + where_;
  compose();
}

void Error::compose() {
  message_.clear();
  if (!where_.empty()) message_ += where_ + ": ";
  message_ += problem_;
  if (!hint_.empty()) message_ += " (" + hint_ + ")";
}

}  // namespace quantbench
