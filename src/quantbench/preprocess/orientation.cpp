#include "quantbench/preprocess/orientation.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "quantbench/preprocess/image_decoder.h"

namespace quantbench::preprocess {

namespace {

using Bytes = std::span<const std::byte>;

/// Numbers of EXIF data, in the byte order that its header gives.
class TiffNumbers {
 public:
  TiffNumbers(Bytes bytes, bool big_endian) : bytes_(bytes), big_endian_(big_endian) {}

  /// `size` bytes at `at`; nullopt behind the end.
  std::optional<std::uint32_t> number(std::size_t at, std::size_t size) const {
    if (at > bytes_.size() || size > bytes_.size() - at) return std::nullopt;
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < size; ++i) {
      const auto byte = std::to_integer<std::uint32_t>(bytes_[at + i]);
      value |= byte << (8 * (big_endian_ ? size - 1 - i : i));
    }
    return value;
  }

 private:
  Bytes bytes_;
  bool big_endian_;
};

constexpr std::size_t kHeader = 8;
constexpr std::size_t kEntry = 12;
constexpr std::uint32_t kOrientation = 0x0112;

/// Size of the values that Pillow takes for an orientation: short, long, and both with a sign.
std::size_t value_size(std::uint32_t type) {
  if (type == 3 || type == 8) return 2;
  return type == 4 || type == 9 ? 4 : 0;
}

std::optional<int> in_exif(Bytes exif) {
  constexpr std::string_view kMark("Exif\0\0", 6);
  while (starts_with(exif, kMark)) exif = exif.subspan(kMark.size());
  const bool big_endian = starts_with(exif, std::string_view("MM\0*", 4));
  if (!big_endian && !starts_with(exif, std::string_view("II*\0", 4))) return std::nullopt;
  const TiffNumbers numbers(exif, big_endian);
  const auto directory = numbers.number(kHeader - 4, 4);
  const auto entries = directory ? numbers.number(*directory, 2) : std::nullopt;
  for (std::uint32_t i = 0; i < entries.value_or(0); ++i) {
    const std::size_t entry = std::size_t{*directory} + 2 + i * kEntry;
    if (numbers.number(entry, 2) != kOrientation) continue;
    const auto type = numbers.number(entry + 2, 2);
    const auto count = numbers.number(entry + 4, 4);
    const std::size_t size = value_size(type.value_or(0));
    if (size == 0 || count.value_or(0) == 0) return std::nullopt;
    // More values than fit the entry lie elsewhere.
    std::size_t place = entry + 8;
    if (*count > 4 / size) place = numbers.number(place, 4).value_or(0);
    const auto value = numbers.number(place, size);
    return value ? std::optional(static_cast<int>(*value)) : std::nullopt;
  }
  return std::nullopt;
}

std::optional<int> in_xmp(std::string_view xmp) {
  constexpr std::string_view kTag = "tiff:Orientation";
  for (std::size_t at = 0; (at = xmp.find(kTag, at)) != std::string_view::npos;) {
    at += kTag.size();
    std::string_view rest = xmp.substr(at);
    if (rest.starts_with("=\"")) {
      rest.remove_prefix(2);
    } else if (rest.starts_with(">")) {
      rest.remove_prefix(1);
    } else {
      continue;
    }
    if (!rest.empty() && rest[0] >= '0' && rest[0] <= '9') return rest[0] - '0';
  }
  return std::nullopt;
}

/// `place(x, y)` gives the pixel of `image` that comes to (x, y).
template <typename Place>
Image rearranged(const Image& image, int width, int height, Place&& place) {
  Image out{width, height, {}};
  out.pixels.resize(image.pixels.size());
  std::uint8_t* target = out.pixels.data();
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x, target += 3) {
      const auto [from_x, from_y] = place(x, y);
      std::memcpy(
          target,
          &image.pixels[(static_cast<std::size_t>(from_y) * static_cast<std::size_t>(image.width) +
                         static_cast<std::size_t>(from_x)) *
                        3],
          3);
    }
  }
  return out;
}

}  // namespace

int orientation_of(Bytes exif, std::string_view xmp) {
  auto found = in_exif(exif);
  if (!found) found = in_xmp(xmp);
  return found && *found >= 1 && *found <= 8 ? *found : 1;
}

Image upright(Image image, int orientation) {
  using Point = std::pair<int, int>;
  const int w = image.width;
  const int h = image.height;
  switch (orientation) {
    case 2:
      return rearranged(image, w, h, [&](int x, int y) { return Point(w - 1 - x, y); });
    case 3:
      return rearranged(image, w, h, [&](int x, int y) { return Point(w - 1 - x, h - 1 - y); });
    case 4:
      return rearranged(image, w, h, [&](int x, int y) { return Point(x, h - 1 - y); });
    case 5:
      return rearranged(image, h, w, [&](int x, int y) { return Point(y, x); });
    case 6:
      return rearranged(image, h, w, [&](int x, int y) { return Point(y, h - 1 - x); });
    case 7:
      return rearranged(image, h, w, [&](int x, int y) { return Point(w - 1 - y, h - 1 - x); });
    case 8:
      return rearranged(image, h, w, [&](int x, int y) { return Point(w - 1 - y, x); });
    default:
      return image;
  }
}

}  // namespace quantbench::preprocess
