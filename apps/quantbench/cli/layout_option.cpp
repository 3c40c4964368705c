#include "cli/layout_option.h"

#include "quantbench/base/text.h"
#include "quantbench/report/registry.h"

namespace quantbench::cli {

void add_layout_option(CLI::App& command, std::string& layout, const std::string& note) {
  command.add_option("--layout", layout, "Layout of the card (" + note + ")")
      ->type_name("{" + join(report::card_layouts(), ",") + "}");
}

}  // namespace quantbench::cli
