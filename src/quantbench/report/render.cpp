#include "quantbench/base/error.h"
#include "quantbench/report/card/card.h"
#include "quantbench/report/report.h"

namespace quantbench::report {

std::string render(const Document& result, const std::string& format, Remarks remarks) {
  try {
    const std::string imported = result.style.layout;
    if (!imported.empty()) remarks = Remarks::kNone;
    if (format != "card") return layouts().get(format).render(result, remarks);
    std::string layout = imported.empty() ? result.spec.value("layout", std::string()) : imported;
    if (layout.empty()) layout = card_layout_for(spec::SpecForm::kNameOrPath);
    return layouts().get(layout).render(result, remarks);
  } catch (const nlohmann::json::exception&) {
    // For a results.json that was edited by hand.
    throw Error("a key of the run's spec has a value of the wrong type");
  }
}

}  // namespace quantbench::report
