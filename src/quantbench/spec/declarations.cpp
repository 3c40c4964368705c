#include "quantbench/spec/declarations.h"

#include "quantbench/base/error.h"

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

const Declarations::CardLayout* Declarations::find_card_layout(const std::string& name) const {
  return find_in(card_layouts, name);
}

const Declarations::CardLayout& Declarations::card_layout_for(SpecForm form) const {
  for (const CardLayout& layout : card_layouts) {
    if (layout.default_for == form) return layout;
  }
  throw Error("no layout of the card is the default of this form of spec", "layout");
}

}  // namespace quantbench::spec
