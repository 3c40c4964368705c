#include "quantbench/dataset/parquet/plugin.h"

#include "quantbench/dataset/parquet/parquet_table.h"

namespace quantbench::dataset::parquet_plugin {

namespace {

class Parquet final : public Format {
 public:
  std::vector<std::string> extensions() const override { return {".parquet"}; }
  std::unique_ptr<Table> open(const std::filesystem::path& path,
                              std::size_t max_rows) const override {
    return open_table(path, max_rows);
  }
};

}  // namespace

}  // namespace quantbench::dataset::parquet_plugin

extern "C" __attribute__((visibility("default"))) const quantbench::dataset::Format*
quantbench_parquet_plugin(int version) {
  using namespace quantbench::dataset::parquet_plugin;
  static const Parquet format;
  return version == kPluginVersion ? &format : nullptr;
}
