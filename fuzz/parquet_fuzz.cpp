// An untrusted Parquet file, read forwards and then backwards: an Error or rows, never a crash. The
// plug-in has sanitizers; Arrow's own code does not.

#include <cstdint>
#include <filesystem>

#include "memory_file.h"
#include "quantbench/base/error.h"
#include "quantbench/base/plugin.h"
#include "quantbench/dataset/dataset.h"
#include "quantbench/dataset/parquet/plugin.h"

/// Without the plug-in, every input would be an Error and nothing would be tested.
extern "C" int LLVMFuzzerInitialize(int* /*argc*/, char*** /*argv*/) {
  namespace plugin = quantbench::dataset::parquet_plugin;
  quantbench::load_plugin({plugin::kPluginFile, plugin::kPluginEntry, "parquet_fuzz",
                           "QUANTBENCH_PLUGINS", "build the target quantbench_parquet"});
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const quantbench::fuzz::MemoryFile file(data, size);
  if (!file.is_complete()) return 0;
  constexpr std::size_t kMostRows = 2000;
  try {
    const auto table = quantbench::dataset::formats().get("parquet").open(file.path(), kMostRows);
    for (std::size_t i = 0; i < table->size(); ++i) table->row(i);
    for (std::size_t i = table->size(); i > 0; i -= i < 50 ? i : 50) table->row(i - 1);
  } catch (const quantbench::Error&) {
  }
  return 0;
}
