#include <webp/decode.h>
#include <webp/demux.h>

#include <cstring>
#include <memory>

#include "quantbench/preprocess/image_decoder.h"

namespace quantbench::preprocess {

namespace {

std::span<const std::byte> chunk(const WebPDemuxer* file, const char* name,
                                 WebPChunkIterator& found) {
  if (WebPDemuxGetChunk(file, name, 1, &found) == 0) return {};
  return std::as_bytes(std::span(found.chunk.bytes, found.chunk.size));
}

int orientation_in(const WebPDemuxer* file) {
  WebPChunkIterator exif{};
  WebPChunkIterator xmp{};
  const auto exif_bytes = chunk(file, "EXIF", exif);
  const auto xmp_bytes = chunk(file, "XMP ", xmp);
  const int found = orientation_of(
      exif_bytes, {reinterpret_cast<const char*>(xmp_bytes.data()), xmp_bytes.size()});
  WebPDemuxReleaseChunkIterator(&exif);
  WebPDemuxReleaseChunkIterator(&xmp);
  return found;
}

/// The decoder of animations, as in Pillow: it puts the first frame on a canvas of the image's
/// size.
class WebP : public ImageDecoder {
 public:
  std::string label() const override { return "WebP"; }
  std::vector<std::string> extensions() const override { return {".webp"}; }
  bool accepts(std::span<const std::byte> bytes) const override {
    return starts_with(bytes, "RIFF") && bytes.size() >= 12 &&
           starts_with(bytes.subspan(8), "WEBP");
  }
  std::string decode(std::span<const std::byte> bytes, StoredImage& stored) const override {
    const WebPData data{reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
    WebPBitstreamFeatures features{};
    if (WebPGetFeatures(data.bytes, data.size, &features) != VP8_STATUS_OK) {
      return "the header cannot be read";
    }
    const auto width = static_cast<std::size_t>(features.width);
    const auto height = static_cast<std::size_t>(features.height);
    if (std::string problem = size_problem(width, height); !problem.empty()) return problem;
    const std::unique_ptr<WebPAnimDecoder, decltype(&WebPAnimDecoderDelete)> decoder(
        WebPAnimDecoderNew(&data, nullptr), WebPAnimDecoderDelete);
    if (decoder == nullptr) return "the file ends too early, or its chunks are damaged";
    WebPAnimInfo info{};
    std::uint8_t* canvas = nullptr;
    int end_of_frame = 0;
    if (WebPAnimDecoderGetInfo(decoder.get(), &info) == 0 || info.canvas_width != width ||
        info.canvas_height != height ||
        WebPAnimDecoderGetNext(decoder.get(), &canvas, &end_of_frame) == 0) {
      return "the first frame cannot be decoded";
    }
    allocate(stored.image, width, height);
    for (std::size_t i = 0; i < width * height; ++i) {
      std::memcpy(&stored.image.pixels[3 * i], canvas + 4 * i, 3);
    }
    stored.orientation = orientation_in(WebPAnimDecoderGetDemuxer(decoder.get()));
    return {};
  }
};

}  // namespace

void register_webp(ImageDecoderRegistry& registry) {
  registry.add("webp", std::make_unique<WebP>());
}

}  // namespace quantbench::preprocess
