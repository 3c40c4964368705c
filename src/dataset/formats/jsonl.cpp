#include "quantbench/dataset/json_lines.h"

namespace quantbench::dataset {

namespace {

/// JSON lines (https://jsonlines.org).
class JsonLines : public Format {
 public:
  std::vector<std::string> extensions() const override { return {".jsonl", ".ndjson"}; }
  std::unique_ptr<Table> open(const std::filesystem::path& path) const override {
    return read_json_lines(TextFile(path));
  }
};

}  // namespace

void register_jsonl(FormatRegistry& registry) {
  registry.add("jsonl", std::make_unique<JsonLines>());
}

}  // namespace quantbench::dataset
