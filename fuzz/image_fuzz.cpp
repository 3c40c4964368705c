// An untrusted image file gives an Error, or an image of the size that it says.

#include <cstdint>
#include <cstdlib>
#include <span>

#include "quantbench/base/error.h"
#include "quantbench/preprocess/image.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace quantbench;
  try {
    const preprocess::Image image =
        preprocess::decode_image(std::as_bytes(std::span(data, size)), "image");
    const auto pixels =
        static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height);
    if (image.width <= 0 || image.height <= 0 || image.pixels.size() != pixels * 3) std::abort();
  } catch (const Error&) {
  }
  return 0;
}
