// An untrusted results.json gives an Error, or a run that every layout can write and that can be
// compared with itself.

#include <cstdint>
#include <string>

#include "quantbench/base/error.h"
#include "quantbench/base/json.h"
#include "quantbench/report/card/card.h"
#include "quantbench/report/registry.h"
#include "quantbench/report/replication_text.h"
#include "quantbench/report/report.h"
#include "quantbench/report/run_comparison_text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace quantbench;
  const std::string text(reinterpret_cast<const char*>(data), size);
  try {
    const auto result =
        report::Document::from_json(parse_json(text, "results.json"), "results.json");
    for (const std::string& layout : report::layouts().names()) {
      try {
        report::render(result, layout);
      } catch (const Error&) {
      }
    }
    report::comparison_markdown(analysis::compare_runs(result, result));
    report::replication_markdown(
        analysis::replication(result, result, report::card_digits(result)));
  } catch (const Error&) {
  }
  return 0;
}
