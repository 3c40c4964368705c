#include "quantbench/dataset/json_rows.h"

namespace quantbench::dataset {

namespace {

/// JSON lines (https://jsonlines.org).
class JsonLines : public Format {
 public:
  std::vector<std::string> extensions() const override { return {".jsonl", ".ndjson"}; }
  std::unique_ptr<Table> open(const std::filesystem::path& path,
                              std::size_t max_rows) const override {
    return open_json_lines(std::make_shared<TextFile>(path), max_rows);
  }
};

}  // namespace

void register_jsonl(FormatRegistry& registry) {
  registry.add("jsonl", std::make_unique<JsonLines>());
}

}  // namespace quantbench::dataset
