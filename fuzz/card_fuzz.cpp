// An untrusted model card gives an Error, or a run that every layout can write and that imports
// again as the same card.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "quantbench/base/error.h"
#include "quantbench/report/registry.h"
#include "quantbench/report/report.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace quantbench;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    const report::ImportedCard card = report::import_card(text, "card.md");
    if (text.find('\n') != std::string_view::npos && report::render(card.result, "card") != text)
      std::abort();
    for (const std::string& layout : report::layouts().names()) {
      try {
        report::render(card.result, layout);
      } catch (const Error&) {
        // The layouts with comparisons need an original.
      }
    }
  } catch (const Error&) {
  }
  return 0;
}
