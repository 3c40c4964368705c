#include <gif_lib.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

#include "quantbench/preprocess/image_decoder.h"

namespace quantbench::preprocess {

namespace {

struct GifSource {
  std::span<const std::byte> left;
};

int read_gif(GifFileType* gif, GifByteType* target, int size) {
  auto* source = static_cast<GifSource*>(gif->UserData);
  const std::size_t count = std::min(source->left.size(), static_cast<std::size_t>(size));
  std::memcpy(target, source->left.data(), count);
  source->left = source->left.subspan(count);
  return static_cast<int>(count);
}

/// The rows of an interlaced image come in four passes.
class RowOrder {
 public:
  RowOrder(std::size_t height, bool interlaced) : height_(height), interlaced_(interlaced) {}

  /// Row of the line that is read next.
  std::size_t next() {
    if (!interlaced_) return row_++;
    while (row_ >= height_ && pass_ + 1 < kPasses.size()) row_ = kPasses[++pass_].first;
    const std::size_t row = row_;
    row_ += kPasses[pass_].step;
    return row;
  }

 private:
  struct Pass {
    std::size_t first;
    std::size_t step;
  };
  static constexpr std::array<Pass, 4> kPasses = {{{0, 8}, {4, 8}, {2, 4}, {1, 2}}};

  std::size_t height_;
  bool interlaced_;
  std::size_t pass_ = 0;
  std::size_t row_ = 0;
};

/// Reads the first frame. Where it does not cover the canvas, Pillow shows the transparent colour,
/// or colour 0.
class FirstFrame {
 public:
  FirstFrame(GifFileType& gif, Image& image) : gif_(gif), image_(image) {}

  std::string read() {
    while (true) {
      GifRecordType record = UNDEFINED_RECORD_TYPE;
      if (DGifGetRecordType(&gif_, &record) == GIF_ERROR) return problem();
      if (record == IMAGE_DESC_RECORD_TYPE) return read_frame();
      if (record == TERMINATE_RECORD_TYPE) return "it holds no image";
      if (record == EXTENSION_RECORD_TYPE && !read_extension()) return problem();
    }
  }

 private:
  std::string problem() const {
    const char* text = GifErrorString(gif_.Error);
    return text == nullptr ? "the file ends too early" : text;
  }

  bool read_extension() {
    constexpr int kGraphicControl = 0xF9;
    int code = 0;
    GifByteType* block = nullptr;
    if (DGifGetExtension(&gif_, &code, &block) == GIF_ERROR) return false;
    if (code == kGraphicControl && block != nullptr && block[0] >= 4) {
      background_ = (block[1] & 1U) != 0 ? block[4] : 0;
    }
    while (block != nullptr) {
      if (DGifGetExtensionNext(&gif_, &block) == GIF_ERROR) return false;
    }
    return true;
  }

  std::string read_frame() {
    if (DGifGetImageDesc(&gif_) == GIF_ERROR) return problem();
    const auto left = static_cast<std::size_t>(gif_.Image.Left);
    const auto top = static_cast<std::size_t>(gif_.Image.Top);
    const auto frame_width = static_cast<std::size_t>(gif_.Image.Width);
    const auto frame_height = static_cast<std::size_t>(gif_.Image.Height);
    const std::size_t width = std::max(static_cast<std::size_t>(gif_.SWidth), left + frame_width);
    const std::size_t height = std::max(static_cast<std::size_t>(gif_.SHeight), top + frame_height);
    if (std::string problem = size_problem(width, height); !problem.empty()) return problem;
    if (frame_width == 0 || frame_height == 0) return "the first frame has no pixels";
    colours_ = gif_.Image.ColorMap != nullptr ? gif_.Image.ColorMap : gif_.SColorMap;
    allocate(image_, width, height);
    for (std::size_t i = 0; i < width * height; ++i) set(i, background_);
    std::vector<GifPixelType> line(frame_width);
    RowOrder order(frame_height, gif_.Image.Interlace);
    for (std::size_t i = 0; i < frame_height; ++i) {
      if (DGifGetLine(&gif_, line.data(), static_cast<int>(frame_width)) == GIF_ERROR) {
        return problem();
      }
      const std::size_t start = (top + order.next()) * width + left;
      for (std::size_t x = 0; x < frame_width; ++x) set(start + x, line[x]);
    }
    return {};
  }

  void set(std::size_t pixel, unsigned index) {
    std::uint8_t* target = &image_.pixels[3 * pixel];
    if (colours_ == nullptr) {
      // Without colours, Pillow takes the numbers for grey levels.
      std::memset(target, static_cast<int>(index), 3);
    } else if (index < static_cast<unsigned>(colours_->ColorCount)) {
      const GifColorType& colour = colours_->Colors[index];
      target[0] = colour.Red;
      target[1] = colour.Green;
      target[2] = colour.Blue;
    } else {
      std::memset(target, 0, 3);
    }
  }

  GifFileType& gif_;
  Image& image_;
  const ColorMapObject* colours_ = nullptr;
  unsigned background_ = 0;
};

class Gif : public ImageDecoder {
 public:
  std::string label() const override { return "GIF"; }
  std::vector<std::string> extensions() const override { return {".gif"}; }
  bool accepts(std::span<const std::byte> bytes) const override {
    return starts_with(bytes, "GIF87a") || starts_with(bytes, "GIF89a");
  }
  std::string decode(std::span<const std::byte> bytes, StoredImage& stored) const override {
    GifSource source{bytes};
    int failure = 0;
    GifFileType* gif = DGifOpen(&source, read_gif, &failure);
    if (gif == nullptr) {
      const char* text = GifErrorString(failure);
      return text == nullptr ? "the header cannot be read" : text;
    }
    std::string problem = FirstFrame(*gif, stored.image).read();
    DGifCloseFile(gif, &failure);
    return problem;
  }
};

}  // namespace

void register_gif(ImageDecoderRegistry& registry) { registry.add("gif", std::make_unique<Gif>()); }

}  // namespace quantbench::preprocess
