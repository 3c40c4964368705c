#include <tiffio.h>

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>

#include "quantbench/preprocess/image_decoder.h"

namespace quantbench::preprocess {

namespace {

/// Most bytes that libtiff, or this reader, takes at once.
constexpr std::size_t kMostSampleBytes = std::size_t{512} << 20;

/// What libtiff reads from, and where it reports errors.
struct TiffSource {
  std::span<const std::byte> bytes;
  std::uint64_t at = 0;
  std::string problem;
};

tmsize_t read_tiff(thandle_t handle, void* target, tmsize_t size) {
  auto* source = static_cast<TiffSource*>(handle);
  const std::uint64_t left =
      source->at < source->bytes.size() ? source->bytes.size() - source->at : 0;
  const std::uint64_t count =
      std::min(left, static_cast<std::uint64_t>(std::max<tmsize_t>(size, 0)));
  if (count > 0) std::memcpy(target, source->bytes.data() + source->at, count);
  source->at += count;
  return static_cast<tmsize_t>(count);
}

tmsize_t write_tiff(thandle_t, void*, tmsize_t) { return 0; }

toff_t seek_tiff(thandle_t handle, toff_t offset, int whence) {
  auto* source = static_cast<TiffSource*>(handle);
  if (whence == SEEK_SET) source->at = offset;
  if (whence == SEEK_CUR) source->at += offset;
  if (whence == SEEK_END) source->at = source->bytes.size() + offset;
  return source->at;
}

int close_tiff(thandle_t) { return 0; }
toff_t size_of_tiff(thandle_t handle) { return static_cast<TiffSource*>(handle)->bytes.size(); }

/// Keeps the first error.
int keep_tiff_error(TIFF*, void* user, const char*, const char* format, va_list arguments) {
  auto* source = static_cast<TiffSource*>(user);
  if (source->problem.empty()) {
    std::array<char, 256> text{};
    std::vsnprintf(text.data(), text.size(), format, arguments);
    source->problem = text.data();
  }
  return 1;
}

int drop_tiff_warning(TIFF*, void*, const char*, const char*, va_list) { return 1; }

using TiffFile = std::unique_ptr<TIFF, decltype(&TIFFClose)>;

TiffFile open_tiff(TiffSource& source) {
  const std::unique_ptr<TIFFOpenOptions, decltype(&TIFFOpenOptionsFree)> options(
      TIFFOpenOptionsAlloc(), TIFFOpenOptionsFree);
  TIFFOpenOptionsSetMaxSingleMemAlloc(options.get(), static_cast<tmsize_t>(kMostSampleBytes));
  TIFFOpenOptionsSetErrorHandlerExtR(options.get(), keep_tiff_error, &source);
  TIFFOpenOptionsSetWarningHandlerExtR(options.get(), drop_tiff_warning, &source);
  // m: not mapped.
  return {TIFFClientOpenExt("image", "rm", &source, read_tiff, write_tiff, seek_tiff, close_tiff,
                            size_of_tiff, nullptr, nullptr, options.get()),
          TIFFClose};
}

template <typename T>
T field(TIFF* file, ttag_t tag) {
  T value{};
  TIFFGetFieldDefaulted(file, tag, &value);
  return value;
}

/// Reads the first page: its samples, which become RGB as in Pillow's table of modes.
class FirstPage {
 public:
  FirstPage(TIFF* file, TiffSource& source, Image& image)
      : file_(file),
        source_(source),
        image_(image),
        width_(field<std::uint32_t>(file, TIFFTAG_IMAGEWIDTH)),
        height_(field<std::uint32_t>(file, TIFFTAG_IMAGELENGTH)),
        bits_(field<std::uint16_t>(file, TIFFTAG_BITSPERSAMPLE)),
        samples_(field<std::uint16_t>(file, TIFFTAG_SAMPLESPERPIXEL)),
        sample_format_(field<std::uint16_t>(file, TIFFTAG_SAMPLEFORMAT)),
        photometric_(field<std::uint16_t>(file, TIFFTAG_PHOTOMETRIC)) {}

  std::string read() {
    if (std::string problem = size_problem(width_, height_); !problem.empty()) return problem;
    const auto compression = field<std::uint16_t>(file_, TIFFTAG_COMPRESSION);
    if (photometric_ == PHOTOMETRIC_YCBCR && compression == COMPRESSION_JPEG) {
      TIFFSetField(file_, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
      photometric_ = PHOTOMETRIC_RGB;
    }
    if (photometric_ == PHOTOMETRIC_YCBCR) return read_by_library();
    if (!is_known()) return unsupported();
    if (!read_samples()) return source_.problem.empty() ? "it is damaged" : source_.problem;
    allocate(image_, width_, height_);
    convert();
    return {};
  }

 private:
  std::string unsupported() const {
    return "unsupported layout: photometric interpretation " + std::to_string(photometric_) + ", " +
           std::to_string(samples_) + " samples of " + std::to_string(bits_) + " bits";
  }

  bool is_known() {
    const bool bytes = bits_ == 8 || bits_ == 16;
    const bool unsigned_samples = sample_format_ == SAMPLEFORMAT_UINT;
    switch (photometric_) {
      case PHOTOMETRIC_MINISWHITE:
      case PHOTOMETRIC_MINISBLACK:
        if (samples_ == 2) return bits_ == 8;
        return samples_ == 1 && (bits_ == 1 || bits_ == 2 || bits_ == 4 || bytes || bits_ == 32);
      case PHOTOMETRIC_RGB:
        return unsigned_samples && bytes && samples_ >= 3;
      case PHOTOMETRIC_SEPARATED:
        return unsigned_samples && bytes && samples_ >= 4;
      case PHOTOMETRIC_PALETTE:
        return (bits_ == 1 || bits_ == 2 || bits_ == 4 || bits_ == 8) &&
               (samples_ == 1 || (samples_ == 2 && bits_ == 8)) &&
               TIFFGetField(file_, TIFFTAG_COLORMAP, &reds_, &greens_, &blues_) != 0;
      default:
        return false;
    }
  }

  /// Fills `data_` with the samples of all rows: pixel by pixel, each row from a whole byte.
  bool read_samples() {
    const bool separate =
        samples_ > 1 && field<std::uint16_t>(file_, TIFFTAG_PLANARCONFIG) == PLANARCONFIG_SEPARATE;
    if (separate && bits_ < 8) return false;
    pixel_bits_ = std::size_t{bits_} * samples_;
    row_bytes_ = (width_ * pixel_bits_ + 7) / 8;
    if (row_bytes_ > kMostSampleBytes / height_) {
      source_.problem = "more than 512 MiB of samples";
      return false;
    }
    data_.assign(row_bytes_ * height_, 0);
    for (std::uint16_t plane = 0; plane < (separate ? samples_ : 1); ++plane) {
      const bool done =
          TIFFIsTiled(file_) != 0 ? read_tiles(plane, separate) : read_rows(plane, separate);
      if (!done) return false;
    }
    return true;
  }

  bool read_rows(std::uint16_t plane, bool separate) {
    const auto size = static_cast<std::size_t>(std::max<tmsize_t>(TIFFScanlineSize(file_), 0));
    if (size == 0 || size > kMostSampleBytes) return false;
    std::vector<std::uint8_t> row(size);
    for (std::uint32_t y = 0; y < height_; ++y) {
      if (TIFFReadScanline(file_, row.data(), y, plane) != 1) return false;
      place(row, size, 0, y, width_, plane, separate);
    }
    return true;
  }

  bool read_tiles(std::uint16_t plane, bool separate) {
    const auto size = static_cast<std::size_t>(std::max<tmsize_t>(TIFFTileSize(file_), 0));
    const auto row_size = static_cast<std::size_t>(std::max<tmsize_t>(TIFFTileRowSize(file_), 0));
    const auto tile_width = field<std::uint32_t>(file_, TIFFTAG_TILEWIDTH);
    const auto tile_height = field<std::uint32_t>(file_, TIFFTAG_TILELENGTH);
    if (size == 0 || size > kMostSampleBytes || row_size == 0 || tile_width == 0 ||
        tile_height == 0 || row_size * tile_height > size) {
      return false;
    }
    std::vector<std::uint8_t> tile(size);
    for (std::uint64_t y = 0; y < height_; y += tile_height) {
      for (std::uint64_t x = 0; x < width_; x += tile_width) {
        if (TIFFReadTile(file_, tile.data(), static_cast<std::uint32_t>(x),
                         static_cast<std::uint32_t>(y), 0, plane) < 0) {
          return false;
        }
        const std::uint64_t rows = std::min<std::uint64_t>(tile_height, height_ - y);
        for (std::uint64_t row = 0; row < rows; ++row) {
          place(std::span(tile).subspan(row * row_size), row_size, x, y + row,
                std::min<std::uint64_t>(tile_width, width_ - x), plane, separate);
        }
      }
    }
    return true;
  }

  /// Puts a piece of a row where it belongs. A piece starts at a whole byte: tiles are multiples of
  /// 16 wide.
  void place(std::span<const std::uint8_t> piece, std::size_t size, std::size_t x, std::size_t y,
             std::size_t pixels, std::uint16_t plane, bool separate) {
    std::uint8_t* const row = &data_[y * row_bytes_];
    if (!separate) {
      const std::size_t start = x * pixel_bits_ / 8;
      std::copy_n(piece.begin(),
                  std::min({size, (pixels * pixel_bits_ + 7) / 8, row_bytes_ - start}),
                  row + start);
      return;
    }
    const std::size_t sample = bits_ / 8;
    for (std::size_t i = 0; i < pixels && (i + 1) * sample <= size; ++i) {
      std::copy_n(piece.begin() + static_cast<long>(i * sample), sample,
                  row + ((x + i) * samples_ + plane) * sample);
    }
  }

  // --- samples to colours ------------------------------------------------------------------------

  const std::uint8_t* row(std::size_t y) const { return &data_[y * row_bytes_]; }

  /// A sample of less than 8 bits, or of 8.
  unsigned small(std::size_t y, std::size_t index) const {
    const std::size_t bit = index * bits_;
    return (row(y)[bit / 8] >> (8 - bits_ - bit % 8)) & ((1U << bits_) - 1);
  }

  template <typename T>
  T wide(std::size_t y, std::size_t index) const {
    T value{};
    std::memcpy(&value, row(y) + index * sizeof value, sizeof value);
    return value;
  }

  /// A colour of 8 or 16 bits: the high byte.
  std::uint8_t high(std::size_t y, std::size_t index) const {
    return bits_ == 8 ? row(y)[index]
                      : static_cast<std::uint8_t>(wide<std::uint16_t>(y, index) >> 8U);
  }

  template <typename T>
  static std::uint8_t cut_off(T value) {
    if (!(value > 0)) return 0;
    return value >= 255 ? 255 : static_cast<std::uint8_t>(value);
  }

  std::uint8_t grey(std::size_t y, std::size_t x) const {
    if (bits_ == 32) {
      if (sample_format_ == SAMPLEFORMAT_IEEEFP) return cut_off(wide<float>(y, x));
      return cut_off(wide<std::int32_t>(y, x));
    }
    if (bits_ == 16) {
      const bool has_sign = sample_format_ == SAMPLEFORMAT_INT;
      return has_sign ? cut_off(wide<std::int16_t>(y, x)) : cut_off(wide<std::uint16_t>(y, x));
    }
    const unsigned value = small(y, x * samples_) * 255 / ((1U << bits_) - 1);
    return static_cast<std::uint8_t>(photometric_ == PHOTOMETRIC_MINISWHITE ? 255 - value : value);
  }

  /// Whether the colours were multiplied by the sample behind them.
  bool is_premultiplied() const {
    std::uint16_t count = 0;
    std::uint16_t* kinds = nullptr;
    TIFFGetFieldDefaulted(file_, TIFFTAG_EXTRASAMPLES, &count, &kinds);
    return count > 0 && kinds != nullptr && kinds[0] == EXTRASAMPLE_ASSOCALPHA;
  }

  void convert() {
    const bool premultiplied = photometric_ == PHOTOMETRIC_RGB && is_premultiplied();
    std::uint8_t* target = image_.pixels.data();
    for (std::size_t y = 0; y < height_; ++y) {
      for (std::size_t x = 0; x < width_; ++x, target += 3) {
        const std::size_t first = x * samples_;
        if (photometric_ == PHOTOMETRIC_PALETTE) {
          const unsigned index = small(y, first);
          target[0] = static_cast<std::uint8_t>(reds_[index] >> 8U);
          target[1] = static_cast<std::uint8_t>(greens_[index] >> 8U);
          target[2] = static_cast<std::uint8_t>(blues_[index] >> 8U);
        } else if (photometric_ == PHOTOMETRIC_RGB) {
          for (std::size_t c = 0; c < 3; ++c) target[c] = high(y, first + c);
          if (premultiplied) divide(target, high(y, first + 3));
        } else if (photometric_ == PHOTOMETRIC_SEPARATED) {
          std::array<std::uint8_t, 4> inks{};
          for (std::size_t c = 0; c < inks.size(); ++c) inks[c] = high(y, first + c);
          cmyk_to_rgb(inks.data(), target);
        } else {
          std::memset(target, grey(y, x), 3);
        }
      }
    }
  }

  static void divide(std::uint8_t* colour, unsigned alpha) {
    for (std::size_t c = 0; c < 3; ++c) {
      const unsigned value = alpha == 0 ? 0 : colour[c] * 255U / alpha;
      colour[c] = static_cast<std::uint8_t>(std::min(value, 255U));
    }
  }

  /// Colours as brightness and two differences, whose differences may be coarser.
  std::string read_by_library() {
    std::array<char, 1024> message{};
    TIFFRGBAImage reader{};
    if (TIFFRGBAImageOK(file_, message.data()) == 0 ||
        TIFFRGBAImageBegin(&reader, file_, 1, message.data()) == 0) {
      return message.data();
    }
    reader.req_orientation = reader.orientation;  // turned later, with all formats
    std::vector<std::uint32_t> raster(std::size_t{width_} * height_);
    const bool done = TIFFRGBAImageGet(&reader, raster.data(), width_, height_) != 0;
    TIFFRGBAImageEnd(&reader);
    if (!done) return source_.problem.empty() ? "it is damaged" : source_.problem;
    allocate(image_, width_, height_);
    for (std::size_t i = 0; i < raster.size(); ++i) {
      image_.pixels[3 * i] = static_cast<std::uint8_t>(TIFFGetR(raster[i]));
      image_.pixels[3 * i + 1] = static_cast<std::uint8_t>(TIFFGetG(raster[i]));
      image_.pixels[3 * i + 2] = static_cast<std::uint8_t>(TIFFGetB(raster[i]));
    }
    return {};
  }

  TIFF* file_;
  TiffSource& source_;
  Image& image_;
  std::uint32_t width_;
  std::uint32_t height_;
  std::uint16_t bits_;
  std::uint16_t samples_;
  std::uint16_t sample_format_;
  std::uint16_t photometric_;
  std::uint16_t* reds_ = nullptr;
  std::uint16_t* greens_ = nullptr;
  std::uint16_t* blues_ = nullptr;
  std::size_t pixel_bits_ = 0;
  std::size_t row_bytes_ = 0;
  std::vector<std::uint8_t> data_;
};

int orientation_in(TIFF* file) {
  // The default of the tag is 1.
  std::uint16_t orientation = 1;
  if (TIFFGetField(file, TIFFTAG_ORIENTATION, &orientation) != 0) return orientation;
  std::uint32_t size = 0;
  const char* xmp = nullptr;
  if (TIFFGetField(file, TIFFTAG_XMLPACKET, &size, &xmp) == 0 || xmp == nullptr) return 1;
  return orientation_of({}, {xmp, size});
}

class Tiff : public ImageDecoder {
 public:
  std::string label() const override { return "TIFF"; }
  std::vector<std::string> extensions() const override { return {".tif", ".tiff"}; }
  bool accepts(std::span<const std::byte> bytes) const override {
    return starts_with(bytes, {"II*\0", 4}) || starts_with(bytes, {"MM\0*", 4}) ||
           starts_with(bytes, {"II+\0", 4}) || starts_with(bytes, {"MM\0+", 4});
  }
  std::string decode(std::span<const std::byte> bytes, StoredImage& stored) const override {
    TiffSource source{bytes, 0, {}};
    const TiffFile file = open_tiff(source);
    if (file == nullptr) return source.problem.empty() ? "it is damaged" : source.problem;
    stored.orientation = orientation_in(file.get());
    return FirstPage(file.get(), source, stored.image).read();
  }
};

}  // namespace

void register_tiff(ImageDecoderRegistry& registry) {
  registry.add("tiff", std::make_unique<Tiff>());
}

}  // namespace quantbench::preprocess
