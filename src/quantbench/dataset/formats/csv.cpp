#include "quantbench/dataset/delimited.h"

namespace quantbench::dataset {

namespace {

/// Comma-separated values (RFC 4180).
class Csv : public Format {
 public:
  std::vector<std::string> extensions() const override { return {".csv"}; }
  std::unique_ptr<Table> open(const std::filesystem::path& path,
                              std::size_t max_rows) const override {
    return open_delimited(path, {',', Dialect::Quotes::kRfc4180}, max_rows);
  }
};

}  // namespace

void register_csv(FormatRegistry& registry) { registry.add("csv", std::make_unique<Csv>()); }

}  // namespace quantbench::dataset
