#include "quantbench/dataset/delimited.h"

namespace quantbench::dataset {

namespace {

/// Tab-separated values as in GLUE: a quote is plain text (`datasets` reads these files with
/// QUOTE_NONE).
class Tsv : public Format {
 public:
  std::vector<std::string> extensions() const override { return {".tsv"}; }
  std::unique_ptr<Table> open(const std::filesystem::path& path,
                              std::size_t max_rows) const override {
    return open_delimited(path, {'\t', Dialect::Quotes::kNone}, max_rows);
  }
};

}  // namespace

void register_tsv(FormatRegistry& registry) { registry.add("tsv", std::make_unique<Tsv>()); }

}  // namespace quantbench::dataset
