#include "cli/output.h"

#include <fmt/format.h>

#include "quantbench/base/file.h"

namespace quantbench::cli {

void write_output(const std::string& text, const std::string& path) {
  if (path.empty()) {
    fmt::print("{}", text);
  } else {
    write_text(path, text);
  }
}

}  // namespace quantbench::cli
