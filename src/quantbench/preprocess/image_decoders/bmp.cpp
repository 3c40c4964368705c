#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "quantbench/preprocess/image_decoder.h"

namespace quantbench::preprocess {

namespace {

using Bytes = std::span<const std::byte>;

std::uint32_t little_endian(Bytes bytes, std::size_t at, std::size_t size) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < size; ++i) {
    value |= std::to_integer<std::uint32_t>(bytes[at + i]) << (8 * i);
  }
  return value;
}

/// How colours are made of a pixel's bits.
struct ColourMask {
  std::uint32_t bits = 0;
  unsigned shift = 0;

  explicit ColourMask(std::uint32_t mask) : bits(mask) {
    while (mask != 0 && ((mask >> shift) & 1U) == 0) ++shift;
  }
  std::uint8_t of(std::uint32_t pixel) const {
    const std::uint32_t most = bits >> shift;
    if (most == 0) return 0;
    return static_cast<std::uint8_t>(std::uint64_t{(pixel & bits) >> shift} * 255 / most);
  }
};

constexpr std::size_t kBmpFileHeader = 14;
enum BmpCompression : std::uint32_t { kNoCompression = 0, kRle8 = 1, kRle4 = 2, kBitFields = 3 };

/// Windows bitmaps (BITMAPINFOHEADER and later) and bitmaps of OS/2, as Pillow reads them.
class BmpReader {
 public:
  BmpReader(Bytes bytes, Image& image) : bytes_(bytes), image_(image) {}

  std::string read() {
    if (std::string problem = read_header(); !problem.empty()) return problem;
    if (std::string problem = size_problem(width_, height_); !problem.empty()) return problem;
    if (std::string problem = read_colours(); !problem.empty()) return problem;
    if (compression_ == kRle8 || compression_ == kRle4) return read_runs();
    return bits_ <= 8 ? read_indices() : read_masked();
  }

 private:
  std::string read_header() {
    if (bytes_.size() < kBmpFileHeader + 12) return "the file ends too early";
    data_at_ = little_endian(bytes_, 10, 4);
    const std::size_t size = little_endian(bytes_, kBmpFileHeader, 4);
    const std::array<std::size_t, 6> known = {40, 52, 56, 64, 108, 124};
    const bool os2 = size == 12;
    if (!os2 && std::ranges::find(known, size) == known.end()) {
      return "unknown header of " + std::to_string(size) + " bytes";
    }
    if (bytes_.size() < kBmpFileHeader + size) return "the file ends too early";
    const Bytes header = bytes_.subspan(kBmpFileHeader, size);
    palette_at_ = kBmpFileHeader + size;
    if (os2) {
      width_ = little_endian(header, 4, 2);
      height_ = little_endian(header, 6, 2);
      bits_ = little_endian(header, 10, 2);
      colour_bytes_ = 3;
    } else {
      width_ = little_endian(header, 4, 4);
      height_ = little_endian(header, 8, 4);
      top_first_ = header[11] == std::byte{0xFF};
      if (top_first_) height_ = 0x1'0000'0000U - height_;
      bits_ = little_endian(header, 14, 2);
      compression_ = little_endian(header, 16, 4);
      colours_ = little_endian(header, 32, 4);
    }
    return compression_ == kBitFields ? read_masks(header) : default_masks();
  }

  std::string default_masks() {
    const std::array<std::uint32_t, 6> known = {1, 4, 8, 16, 24, 32};
    if (std::ranges::find(known, bits_) == known.end()) {
      return "unknown depth of " + std::to_string(bits_) + " bits";
    }
    const bool runs =
        (compression_ == kRle8 && bits_ == 8) || (compression_ == kRle4 && bits_ == 4);
    if (compression_ != kNoCompression && !runs) {
      return "unknown compression " + std::to_string(compression_);
    }
    if (bits_ == 16) set_masks(0x7C00, 0x3E0, 0x1F);
    return {};
  }

  std::string read_masks(Bytes header) {
    if (bits_ != 16 && bits_ != 24 && bits_ != 32) return "unknown layout of bit fields";
    Bytes masks = header.size() >= 52 ? header.subspan(40) : bytes_.subspan(palette_at_);
    if (masks.size() < 12) return "the file ends too early";
    if (header.size() < 52) palette_at_ += 12;
    set_masks(little_endian(masks, 0, 4), little_endian(masks, 4, 4), little_endian(masks, 8, 4));
    // All zero is what some programs write for the usual layout.
    if (red_.bits == 0 && green_.bits == 0 && blue_.bits == 0) set_masks(0xFF0000, 0xFF00, 0xFF);
    return {};
  }

  void set_masks(std::uint32_t red, std::uint32_t green, std::uint32_t blue) {
    red_ = ColourMask(red);
    green_ = ColourMask(green);
    blue_ = ColourMask(blue);
  }

  std::string read_colours() {
    if (bits_ > 8) {
      if (data_at_ == 0) data_at_ = palette_at_;
      return {};
    }
    std::size_t count = colours_ == 0 ? std::size_t{1} << bits_ : colours_;
    if (count > 65536) return "a palette of " + std::to_string(count) + " colours";
    if (bytes_.size() < palette_at_) return "the file ends too early";
    count = std::min(count, (bytes_.size() - palette_at_) / colour_bytes_);
    for (std::size_t i = 0; i < std::min<std::size_t>(count, palette_.size()); ++i) {
      const std::size_t at = palette_at_ + i * colour_bytes_;
      for (std::size_t c = 0; c < 3; ++c) {
        palette_[i][c] = std::to_integer<std::uint8_t>(bytes_[at + 2 - c]);
      }
    }
    const std::size_t behind = palette_at_ + count * colour_bytes_;
    if (data_at_ == 0 || data_at_ == palette_at_) data_at_ = behind;
    return {};
  }

  std::uint8_t* pixel(std::size_t x, std::size_t line) {
    const std::size_t y = top_first_ ? line : height_ - 1 - line;
    return &image_.pixels[(y * width_ + x) * 3];
  }

  void set_index(std::size_t x, std::size_t line, unsigned index) {
    std::copy_n(palette_[index].begin(), 3, pixel(x, line));
  }

  /// The bytes of a line, or nullopt behind the end.
  std::optional<Bytes> line(std::size_t number) const {
    const std::size_t used = (width_ * bits_ + 7) / 8;
    const std::size_t stride = (width_ * bits_ + 31) / 32 * 4;
    const std::size_t at = data_at_ + number * stride;
    if (at > bytes_.size() || used > bytes_.size() - at) return std::nullopt;
    return bytes_.subspan(at, used);
  }

  std::string read_indices() {
    // The last line that is missing is found before memory is taken for all.
    if (!line(height_ - 1)) return "the file ends too early";
    allocate(image_, width_, height_);
    const unsigned most = (1U << bits_) - 1;
    for (std::size_t number = 0; number < height_; ++number) {
      const Bytes bytes = *line(number);
      for (std::size_t x = 0; x < width_; ++x) {
        const std::size_t bit = x * bits_;
        const auto byte = std::to_integer<unsigned>(bytes[bit / 8]);
        set_index(x, number, (byte >> (8 - bits_ - bit % 8)) & most);
      }
    }
    return {};
  }

  std::string read_masked() {
    if (!line(height_ - 1)) return "the file ends too early";
    allocate(image_, width_, height_);
    const std::size_t size = bits_ / 8;
    for (std::size_t number = 0; number < height_; ++number) {
      const Bytes bytes = *line(number);
      for (std::size_t x = 0; x < width_; ++x) {
        const std::uint32_t value = little_endian(bytes, x * size, size);
        std::uint8_t* const target = pixel(x, number);
        target[0] = red_.of(value);
        target[1] = green_.of(value);
        target[2] = blue_.of(value);
      }
    }
    return {};
  }

  /// Runs of equal pixels, or of two that alternate. What no run covers has colour 0.
  std::string read_runs() {
    allocate(image_, width_, height_);
    for (std::size_t i = 0; i < width_ * height_; ++i) {
      std::copy_n(palette_[0].begin(), 3, &image_.pixels[3 * i]);
    }
    std::size_t at = data_at_;
    std::size_t x = 0;
    std::size_t y = 0;
    const auto byte = [&](std::size_t i) { return std::to_integer<unsigned>(bytes_[i]); };
    const auto put = [&](unsigned index) {
      if (x < width_ && y < height_) set_index(x, y, index);
      ++x;
    };
    const bool nibbles = compression_ == kRle4;
    while (at + 2 <= bytes_.size()) {
      const unsigned count = byte(at);
      const unsigned value = byte(at + 1);
      at += 2;
      if (count > 0) {
        for (unsigned i = 0; i < count; ++i) {
          put(nibbles ? (i % 2 == 0 ? value >> 4U : value & 15U) : value);
        }
      } else if (value == 0) {
        x = 0;
        ++y;
      } else if (value == 1) {
        return {};
      } else if (value == 2) {
        if (at + 2 > bytes_.size()) break;
        x += byte(at);
        y += byte(at + 1);
        at += 2;
      } else {
        const std::size_t size = nibbles ? (value + 1) / 2 : value;
        if (at > bytes_.size() || size > bytes_.size() - at) break;
        for (unsigned i = 0; i < value; ++i) {
          const unsigned given = byte(at + (nibbles ? i / 2 : i));
          put(nibbles ? (i % 2 == 0 ? given >> 4U : given & 15U) : given);
        }
        at += size + size % 2;
      }
      if (y >= height_) return {};
    }
    // The last line is complete, and only the mark of the end is missing.
    if (y + 1 == height_ && x >= width_) return {};
    return "the file ends too early";
  }

  Bytes bytes_;
  Image& image_;
  std::size_t data_at_ = 0;
  std::size_t palette_at_ = 0;
  std::size_t width_ = 0;
  std::size_t height_ = 0;
  std::uint32_t bits_ = 0;
  std::uint32_t compression_ = kNoCompression;
  std::size_t colours_ = 0;
  std::size_t colour_bytes_ = 4;
  bool top_first_ = false;
  ColourMask red_{0xFF0000};
  ColourMask green_{0xFF00};
  ColourMask blue_{0xFF};
  std::array<std::array<std::uint8_t, 3>, 256> palette_{};
};

/// Debian has no library for this format alone.
class Bmp : public ImageDecoder {
 public:
  std::string label() const override { return "BMP"; }
  std::vector<std::string> extensions() const override { return {".bmp"}; }
  bool accepts(Bytes bytes) const override { return starts_with(bytes, "BM"); }
  std::string decode(Bytes bytes, StoredImage& stored) const override {
    return BmpReader(bytes, stored.image).read();
  }
};

}  // namespace

void register_bmp(ImageDecoderRegistry& registry) { registry.add("bmp", std::make_unique<Bmp>()); }

}  // namespace quantbench::preprocess
