#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "quantbench/base/registry.h"
#include "quantbench/preprocess/image.h"

namespace quantbench::preprocess {

/// Pillow's limit against decompression bombs.
inline constexpr std::size_t kMaxImagePixels = 89'478'485;

/// What a file holds: the image as it is stored, and how a camera says that it must be turned.
struct StoredImage {
  Image image;
  /// EXIF's tag Orientation, 1 to 8; 1 is upright.
  int orientation = 1;
};

/// One image file format: png, jpeg, gif, ...
class ImageDecoder {
 public:
  virtual ~ImageDecoder() = default;
  /// What people call it: "PNG".
  virtual std::string label() const = 0;
  /// Extensions that `datasets` takes for images of this format, lower case, with the dot.
  virtual std::vector<std::string> extensions() const = 0;
  /// Whether a file that starts like this has the format.
  virtual bool accepts(std::span<const std::byte> bytes) const = 0;
  /// Fills `stored` as Pillow's `convert("RGB")` does, the first frame of several. Returns the
  /// error text, or "" on success. Never more than kMaxImagePixels.
  virtual std::string decode(std::span<const std::byte> bytes, StoredImage& stored) const = 0;
};

using ImageDecoderRegistry = Registry<ImageDecoder>;
void register_builtin_image_decoders(ImageDecoderRegistry& registry);
ImageDecoderRegistry& image_decoders();

// --- for decoders --------------------------------------------------------------------------------

bool starts_with(std::span<const std::byte> bytes, std::string_view magic);

/// The error text for an image of too many pixels; "" if it has none too many and is not empty.
std::string size_problem(std::size_t width, std::size_t height);

/// Sets the size, and makes room for the pixels.
void allocate(Image& image, std::size_t width, std::size_t height);

/// Orientation in EXIF data (a TIFF header and its first directory, maybe behind "Exif\0\0");
/// without it, in XMP data. 1 if neither has it. Any bytes are accepted.
int orientation_of(std::span<const std::byte> exif, std::string_view xmp);

/// Red, green and blue of four inks, as Pillow computes them (0: no ink).
void cmyk_to_rgb(const std::uint8_t* cmyk, std::uint8_t* rgb);

}  // namespace quantbench::preprocess
