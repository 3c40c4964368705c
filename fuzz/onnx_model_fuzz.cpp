// Model::load, save and dynamic quantization on a stranger's bytes: whatever they are, an Error or
// a result, never a crash.

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <string>

#include "quantbench/base/error.h"
#include "quantbench/graph/model.h"
#include "quantbench/quantize/dynamic.h"

namespace {

/// The bytes as a file that lives in memory.
class MemoryFile {
 public:
  MemoryFile(const std::uint8_t* data, std::size_t size)
      : descriptor_(::memfd_create("model", MFD_CLOEXEC)) {
    complete_ = ::write(descriptor_, data, size) == static_cast<ssize_t>(size);
  }
  ~MemoryFile() { ::close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  bool is_complete() const { return complete_; }
  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
  bool complete_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const MemoryFile file(data, size);
  if (!file.is_complete()) return 0;
  try {
    auto model = quantbench::graph::Model::load(file.path());
    model.to_proto();
    quantbench::quantize::DynamicOptions options;
    options.per_channel = size % 2 == 0;
    options.matmul_const_b_only = size % 3 == 0;
    quantbench::quantize::quantize_dynamic(model, options);
    model.to_proto();
  } catch (const quantbench::Error&) {
  }
  return 0;
}
