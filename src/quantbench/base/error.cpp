#include "quantbench/base/error.h"

#include "quantbench/base/utf8.h"

namespace quantbench {

Error::Error(std::string what, std::string where, std::string hint)
    : std::runtime_error(what),
      problem_(visible(what)),
      where_(visible(where)),
      hint_(visible(hint)) {
  compose();
}

void Error::add_context(std::string_view outer) {
  if (outer.empty()) return;
  const std::string prefix = visible(outer);
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
