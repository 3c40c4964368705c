#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/base/plugin.h"
#include "quantbench/dataset/parquet/plugin.h"

namespace quantbench::dataset {

namespace {

/// Parquet through Apache Arrow, in a plug-in that is loaded for the first Parquet file.
class Parquet : public Format {
 public:
  std::vector<std::string> extensions() const override { return {".parquet"}; }
  std::unique_ptr<Table> open(const std::filesystem::path& path,
                              std::size_t max_rows) const override {
    MappedFile::open(path);  // says what is wrong with a pointer of Git LFS
    static const Format& plugin = load();
    return plugin.open(path, max_rows);
  }

 private:
  static const Format& load() {
    const std::string hint =
        "build with it: scripts/bootstrap, then make build; or name the plug-in's directory in "
        "QUANTBENCH_PLUGINS";
    void* const entry =
        load_plugin({parquet_plugin::kPluginFile, parquet_plugin::kPluginEntry,
                     "reading Parquet files needs Apache Arrow, which", "dataset", hint});
    const Format* format =
        reinterpret_cast<parquet_plugin::PluginEntry>(entry)(parquet_plugin::kPluginVersion);
    if (format != nullptr) return *format;
    throw Error("the Parquet plug-in is of another build of quantbench", "dataset", hint);
  }
};

}  // namespace

void register_parquet(FormatRegistry& registry) {
  registry.add("parquet", std::make_unique<Parquet>());
}

}  // namespace quantbench::dataset
