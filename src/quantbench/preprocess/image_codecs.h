#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "quantbench/preprocess/image.h"

namespace quantbench::preprocess {

/// Pillow's limit against decompression bombs.
inline constexpr std::size_t kMaxImagePixels = 89'478'485;

/// Fills `image`. Returns the error text, or "" on success.
std::string decode_png(std::span<const std::byte> bytes, Image& image);
std::string decode_jpeg(std::span<const std::byte> bytes, Image& image);

}  // namespace quantbench::preprocess
