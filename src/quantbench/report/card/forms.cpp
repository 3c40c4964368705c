#include "quantbench/base/error.h"
#include "quantbench/report/registry.h"

namespace quantbench::report {

std::vector<std::string> card_layouts() {
  std::vector<std::string> names = layouts().names();
  std::erase_if(names, [](const std::string& name) { return !layouts().get(name).card(); });
  return names;
}

std::string card_layout_for(spec::SpecForm form) {
  for (const std::string& name : card_layouts()) {
    if (card_form(name).default_for == form) return name;
  }
  throw Error("no layout of the card is the default of this form of spec", "layout");
}

CardForm card_form(const std::string& layout) {
  if (const auto form = layouts().get(layout).card()) return *form;
  throw Error("'" + layout + "' is not a layout of the card", "layout",
              suggest(layout, card_layouts()));
}

}  // namespace quantbench::report
