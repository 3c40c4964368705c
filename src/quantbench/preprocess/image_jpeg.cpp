// jpeglib.h needs FILE to be declared.
#include <cstdio>
//
#include <jerror.h>
#include <jpeglib.h>

#include <csetjmp>
#include <cstring>

#include "quantbench/preprocess/image_codecs.h"

namespace quantbench::preprocess {

namespace {

// Limit on passes: a progressive file of a few kilobytes can ask for any number of them.
constexpr int kMaxScans = 500;

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

bool decode(jpeg_decompress_struct& codec, Handler& handler, jpeg_progress_mgr& progress,
            std::span<const std::byte> bytes, Image& image) {
  if (setjmp(handler.jump) != 0) return false;
  jpeg_create_decompress(&codec);
  codec.progress = &progress;
  jpeg_mem_src(&codec, reinterpret_cast<const unsigned char*>(bytes.data()),
               static_cast<unsigned long>(bytes.size()));
  jpeg_read_header(&codec, TRUE);
  const std::size_t width = codec.image_width;
  const std::size_t height = codec.image_height;
  if (width * height > kMaxImagePixels) ERREXIT1(&codec, JERR_IMAGE_TOO_BIG, 89'478'485);
  codec.out_color_space = JCS_RGB;
  jpeg_start_decompress(&codec);
  if (codec.output_components != 3) ERREXIT(&codec, JERR_CONVERSION_NOTIMPL);
  image.width = static_cast<int>(width);
  image.height = static_cast<int>(height);
  image.pixels.resize(width * height * 3);
  while (codec.output_scanline < codec.output_height) {
    JSAMPROW row = &image.pixels[codec.output_scanline * width * 3];
    jpeg_read_scanlines(&codec, &row, 1);
  }
  jpeg_finish_decompress(&codec);
  return true;
}

}  // namespace

std::string decode_jpeg(std::span<const std::byte> bytes, Image& image) {
  jpeg_decompress_struct codec{};
  jpeg_progress_mgr progress{};
  progress.progress_monitor = on_progress;
  Handler handler{};
  codec.err = jpeg_std_error(&handler.manager);
  handler.manager.error_exit = fail;
  handler.manager.emit_message = on_message;
  const bool done = decode(codec, handler, progress, bytes, image);
  jpeg_destroy_decompress(&codec);
  return done ? std::string() : "damaged or unsupported JPEG: " + std::string(handler.message);
}

}  // namespace quantbench::preprocess
