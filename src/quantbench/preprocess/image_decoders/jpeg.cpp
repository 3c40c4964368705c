// jpeglib.h needs FILE to be declared.
#include <cstdio>
//
#include <jerror.h>
#include <jpeglib.h>

#include <csetjmp>
#include <cstring>
#include <memory>
#include <string_view>

#include "quantbench/preprocess/image_decoder.h"

namespace quantbench::preprocess {

namespace {

// Limit on passes: a progressive file of a few kilobytes can ask for any number of them.
constexpr int kMaxScans = 500;

/// APP1: EXIF and XMP data.
constexpr int kMetadata = JPEG_APP0 + 1;

/// libjpeg reports errors by longjmp. So no object with a destructor may be created between setjmp
/// and the end of decoding.
struct Handler {
  jpeg_error_mgr manager;  // first member: libjpeg passes its address
  std::jmp_buf jump;
  char message[JMSG_LENGTH_MAX] = {};
};

[[noreturn]] void fail(j_common_ptr codec) {
  auto* handler = reinterpret_cast<Handler*>(codec->err);
  handler->manager.format_message(codec, handler->message);
  std::longjmp(handler->jump, 1);
}

void on_message(j_common_ptr codec, int level) {
  // The decoder only warns and fills missing data with grey. Pillow refuses such a file.
  if (level < 0 && codec->err->msg_code == JWRN_JPEG_EOF) fail(codec);
}

void on_progress(j_common_ptr codec) {
  if (!codec->is_decompressor) return;
  if (reinterpret_cast<j_decompress_ptr>(codec)->input_scan_number <= kMaxScans) return;
  auto* handler = reinterpret_cast<Handler*>(codec->err);
  std::strncpy(handler->message, "more than 500 scans", sizeof handler->message - 1);
  std::longjmp(handler->jump, 1);
}

int orientation_in(const jpeg_decompress_struct& codec) {
  constexpr std::string_view kExif("Exif\0\0", 6);
  constexpr std::string_view kXmp("http://ns.adobe.com/xap/1.0/\0", 29);
  std::vector<std::byte> exif;
  std::string_view xmp;
  for (auto marker = codec.marker_list; marker != nullptr; marker = marker->next) {
    const std::string_view text(reinterpret_cast<const char*>(marker->data), marker->data_length);
    const auto bytes = std::as_bytes(std::span(text));
    // Long EXIF data goes on in further markers.
    if (text.starts_with(kExif)) exif.insert(exif.end(), bytes.begin() + kExif.size(), bytes.end());
    if (text.starts_with(kXmp)) xmp = text.substr(kXmp.size());
  }
  return orientation_of(exif, xmp);
}

bool decode_pixels(jpeg_decompress_struct& codec, Handler& handler, jpeg_progress_mgr& progress,
                   std::span<const std::byte> bytes, StoredImage& stored,
                   std::vector<std::uint8_t>& inks) {
  if (setjmp(handler.jump) != 0) return false;
  jpeg_create_decompress(&codec);
  codec.progress = &progress;
  jpeg_mem_src(&codec, reinterpret_cast<const unsigned char*>(bytes.data()),
               static_cast<unsigned long>(bytes.size()));
  jpeg_save_markers(&codec, kMetadata, 0xFFFF);
  jpeg_read_header(&codec, TRUE);
  stored.orientation = orientation_in(codec);  // the markers are gone at the end
  const std::size_t width = codec.image_width;
  const std::size_t height = codec.image_height;
  if (width * height > kMaxImagePixels) ERREXIT1(&codec, JERR_IMAGE_TOO_BIG, 89'478'485);
  const bool four_inks = codec.num_components == 4;
  codec.out_color_space = four_inks ? JCS_CMYK : JCS_RGB;
  jpeg_start_decompress(&codec);
  if (codec.output_components != (four_inks ? 4 : 3)) ERREXIT(&codec, JERR_CONVERSION_NOTIMPL);
  allocate(stored.image, width, height);
  if (four_inks) inks.resize(width * 4);
  while (codec.output_scanline < codec.output_height) {
    std::uint8_t* const target = &stored.image.pixels[codec.output_scanline * width * 3];
    JSAMPROW row = four_inks ? inks.data() : target;
    jpeg_read_scanlines(&codec, &row, 1);
    if (!four_inks) continue;
    // Adobe, and whoever writes such files, stores 255 for no ink. Pillow takes it for granted.
    for (std::uint8_t& ink : inks) ink = static_cast<std::uint8_t>(255 - ink);
    for (std::size_t x = 0; x < width; ++x) cmyk_to_rgb(&inks[4 * x], target + 3 * x);
  }
  jpeg_finish_decompress(&codec);
  return true;
}

class Jpeg : public ImageDecoder {
 public:
  std::string label() const override { return "JPEG"; }
  std::vector<std::string> extensions() const override {
    return {".jpg", ".jpeg", ".jpe", ".jfif"};
  }
  bool accepts(std::span<const std::byte> bytes) const override {
    return starts_with(bytes, "\xff\xd8\xff");
  }
  std::string decode(std::span<const std::byte> bytes, StoredImage& stored) const override {
    jpeg_decompress_struct codec{};
    jpeg_progress_mgr progress{};
    progress.progress_monitor = on_progress;
    Handler handler{};
    codec.err = jpeg_std_error(&handler.manager);
    handler.manager.error_exit = fail;
    handler.manager.emit_message = on_message;
    std::vector<std::uint8_t> inks;
    const bool done = decode_pixels(codec, handler, progress, bytes, stored, inks);
    jpeg_destroy_decompress(&codec);
    return done ? std::string() : std::string(handler.message);
  }
};

}  // namespace

void register_jpeg(ImageDecoderRegistry& registry) {
  registry.add("jpeg", std::make_unique<Jpeg>());
}

}  // namespace quantbench::preprocess
