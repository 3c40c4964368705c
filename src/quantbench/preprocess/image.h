#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace quantbench::preprocess {

/// Eight-bit RGB, top row first, `[height, width, 3]`.
struct Image {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> pixels;
};

/// Decodes a PNG or JPEG file like Pillow's `Image.open(..).convert("RGB")`: grey levels and
/// palettes become RGB, alpha is dropped, 16-bit samples keep their high byte, orientation tags are
/// ignored. `where` names the image in errors. Throws Error if the format is unknown, the data is
/// damaged or truncated, or the image has more than 89 million pixels.
Image decode_image(std::span<const std::byte> bytes, const std::string& where);

/// Pillow's filters, with Pillow's numbers (`resample` of preprocessor_config.json).
enum class Resampling {
  kNearest = 0,
  kLanczos = 1,
  kBilinear = 2,
  kBicubic = 3,
  kBox = 4,
  kHamming = 5
};

/// Resizes with an antialiasing filter, bit for bit like Pillow's `Image.resize`: the filter is as
/// wide as the scale, coefficients are 22-bit fixed point, rows come first, and samples are rounded
/// to eight bits between the passes. Throws Error if a size is not positive.
Image resize(const Image& image, int width, int height, Resampling resampling);

}  // namespace quantbench::preprocess
