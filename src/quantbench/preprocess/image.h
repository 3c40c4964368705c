#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
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

/// Decodes an image file of a known format (image_decoder.h) like Pillow's
/// `ImageOps.exif_transpose(Image.open(..)).convert("RGB")`, which is how `datasets` and the
/// pipelines of `transformers` read one. Grey levels, palettes and inks become RGB, alpha is
/// dropped, colours of 16 bits keep their high byte, grey levels of 16 bits are cut off at 255. Of
/// several frames or pages, the first counts. `where` names the image in errors. Throws Error if
/// the format is unknown, the data is damaged or truncated, or the image has more than 89 million
/// pixels.
Image decode_image(std::span<const std::byte> bytes, const std::string& where);

/// Extensions of the formats that decode_image knows, with their dots.
std::set<std::string> image_extensions();

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
