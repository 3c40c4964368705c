#include "quantbench/demo/demo_assets.h"

#include "quantbench/base/file.h"

namespace quantbench::demo {

void unpack(const std::filesystem::path& directory) {
  for (const Asset& asset : assets()) write_text(directory / asset.path, asset.bytes);
}

}  // namespace quantbench::demo
