#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace quantbench::preprocess {

/// Eight-bit RGB, rows from the top, `[height, width, 3]`.
struct Image {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> pixels;
};

/// Decodes a PNG or JPEG file as Pillow's `Image.open(..).convert("RGB")` does: grey levels and
/// palettes become RGB, alpha is dropped, 16-bit samples keep their high byte, orientation tags are
/// ignored. `where` names the image in errors. Throws Error when the bytes are neither, are damaged
/// or cut short, or hold more than 89 million pixels.
Image decode_image(std::span<const std::byte> bytes, const std::string& where);

/// The filters of Pillow, with its numbers (`resample` of preprocessor_config.json).
enum class Resampling {
  kNearest = 0,
  kLanczos = 1,
  kBilinear = 2,
  kBicubic = 3,
  kBox = 4,
  kHamming = 5
};

/// Resizes with an antialiasing filter, bit for bit as Pillow's `Image.resize`: a filter as wide as
/// the scale, coefficients in 22-bit fixed point, rows first, rounded to eight bits between the
/// passes. Throws Error when a size is not positive.
Image resize(const Image& image, int width, int height, Resampling resampling);

}  // namespace quantbench::preprocess
