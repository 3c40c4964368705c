#include "quantbench/report/html/assets.h"

namespace quantbench::report::html {

std::string_view asset(std::string_view name) {
  for (const Asset& known : assets()) {
    if (known.path == name) return known.bytes;
  }
  return {};
}

bool has_charts() { return !asset("vega-embed.min.js").empty(); }

}  // namespace quantbench::report::html
