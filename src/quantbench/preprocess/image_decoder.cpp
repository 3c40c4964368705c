#include "quantbench/preprocess/image_decoder.h"

#include <algorithm>

#include "quantbench/preprocess/orientation.h"

namespace quantbench::preprocess {

bool starts_with(std::span<const std::byte> bytes, std::string_view magic) {
  if (bytes.size() < magic.size()) return false;
  return std::equal(magic.begin(), magic.end(), bytes.begin(),
                    [](char c, std::byte byte) { return static_cast<std::byte>(c) == byte; });
}

std::string size_problem(std::size_t width, std::size_t height) {
  if (width == 0 || height == 0) return "the image has no pixels";
  if (width <= kMaxImagePixels / height) return {};
  return "more pixels than the limit of " + std::to_string(kMaxImagePixels);
}

void allocate(Image& image, std::size_t width, std::size_t height) {
  image.width = static_cast<int>(width);
  image.height = static_cast<int>(height);
  image.pixels.assign(width * height * 3, 0);
}

void cmyk_to_rgb(const std::uint8_t* cmyk, std::uint8_t* rgb) {
  const unsigned light = 255U - cmyk[3];
  for (int i = 0; i < 3; ++i) {
    const unsigned product = cmyk[i] * light + 128U;
    rgb[i] = static_cast<std::uint8_t>(light - (((product >> 8U) + product) >> 8U));
  }
}

}  // namespace quantbench::preprocess
