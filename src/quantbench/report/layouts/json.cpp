#include <memory>

#include "quantbench/report/registry.h"

namespace quantbench::report {

namespace {

/// results.json: everything, see Document::to_json.
class JsonLayout : public Layout {
 public:
  std::optional<RunFile> run_file() const override { return RunFile{.name = "results.json"}; }

  std::string render(const Document& result, Remarks /*remarks*/) const override {
    return to_lines(result.to_json()) + "\n";
  }
};

}  // namespace

void register_json(LayoutRegistry& registry) {
  registry.add("json", std::make_unique<JsonLayout>());
}

}  // namespace quantbench::report
