#include "quantbench/spec/declarations.h"

namespace quantbench::spec {

namespace {

template <typename List>
auto find_in(const List& plugins, const std::string& name) -> decltype(plugins.data()) {
  for (const auto& plugin : plugins) {
    if (plugin.name == name) return &plugin;
  }
  return nullptr;
}

}  // namespace

const Declarations::Framework* Declarations::find_framework(const std::string& name) const {
  return find_in(frameworks, name);
}

const Declarations::Approach* Declarations::find_approach(const std::string& name) const {
  return find_in(approaches, name);
}

}  // namespace quantbench::spec
