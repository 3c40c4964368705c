#pragma once

#include <span>
#include <string_view>

namespace quantbench::report::html {

/// One file embedded in the program for HTML reports.
struct Asset {
  std::string_view path;  ///< its name: "page.css"
  std::string_view bytes;
};

/// Style and scripts of assets/report, and the chart libraries if the build has them.
std::span<const Asset> assets();

/// Content of the file with this name; empty if this build does not have it.
std::string_view asset(std::string_view name);

/// Whether this build has the chart libraries (scripts/bootstrap fetches them).
bool has_charts();

}  // namespace quantbench::report::html
