#pragma once

#include <string>

#include "quantbench/base/registry.h"
#include "quantbench/store/result.h"

namespace quantbench::report {

/// A way to write a run out: card (layout of September 2022), json, csv.
class Layout {
 public:
  virtual ~Layout() = default;
  virtual std::string render(const store::RunResult& result) const = 0;
};

using LayoutRegistry = Registry<Layout>;
void register_builtin_layouts(LayoutRegistry& registry);
LayoutRegistry& layouts();

}  // namespace quantbench::report
