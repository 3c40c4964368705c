#pragma once

#include <span>
#include <string_view>

namespace quantbench::report::html {

/// One file that the program carries in itself for HTML reports.
struct Asset {
  std::string_view path;  ///< its name: "page.css"
  std::string_view bytes;
};

/// Style and scripts of assets/report, and the chart libraries when the build had them.
std::span<const Asset> assets();

/// Content of the file of that name; empty when this build does not carry it.
std::string_view asset(std::string_view name);

/// Whether this build carries the chart libraries (scripts/bootstrap fetches them).
bool has_charts();

}  // namespace quantbench::report::html
