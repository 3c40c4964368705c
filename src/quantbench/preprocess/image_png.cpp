#include <png.h>

#include <csetjmp>
#include <cstring>

#include "quantbench/preprocess/image_codecs.h"

namespace quantbench::preprocess {

namespace {

/// State of libpng's callbacks. libpng reports errors by longjmp. So no object with a destructor
/// may be created between setjmp and the end of decoding; the caller owns them all.
struct State {
  const std::byte* data;
  std::size_t left;
  Image* image;
  std::vector<png_bytep> rows;
  char message[160] = {};
};

void on_read(png_structp png, png_bytep target, png_size_t size) {
  auto* state = static_cast<State*>(png_get_io_ptr(png));
  if (size > state->left) png_error(png, "the file ends too early");
  std::memcpy(target, state->data, size);
  state->data += size;
  state->left -= size;
}

[[noreturn]] void on_error(png_structp png, png_const_charp message) {
  auto* state = static_cast<State*>(png_get_error_ptr(png));
  std::strncpy(state->message, message, sizeof state->message - 1);
  png_longjmp(png, 1);
}

void on_warning(png_structp, png_const_charp) {}

void allocate(State& state, png_uint_32 width, png_uint_32 height, std::size_t row_bytes) {
  state.image->width = static_cast<int>(width);
  state.image->height = static_cast<int>(height);
  state.image->pixels.resize(row_bytes * height);
  state.rows.resize(height);
  for (std::size_t y = 0; y < height; ++y) state.rows[y] = &state.image->pixels[y * row_bytes];
}

bool decode(png_structp png, png_infop info, State& state) {
  if (setjmp(png_jmpbuf(png)) != 0) return false;
  png_set_read_fn(png, &state, on_read);
  png_set_user_limits(png, 1U << 20U, 1U << 20U);
  png_set_chunk_malloc_max(png, 8U << 20U);
  png_set_chunk_cache_max(png, 128);
  png_read_info(png, info);
  const png_uint_32 width = png_get_image_width(png, info);
  const png_uint_32 height = png_get_image_height(png, info);
  if (static_cast<std::size_t>(width) * height > kMaxImagePixels) {
    png_error(png, "more pixels than the limit of 89478485");
  }
  const png_byte color = png_get_color_type(png, info);
  png_set_strip_16(png);
  if (color == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png);
  if (color == PNG_COLOR_TYPE_GRAY) png_set_expand_gray_1_2_4_to_8(png);
  if (color == PNG_COLOR_TYPE_GRAY || color == PNG_COLOR_TYPE_GRAY_ALPHA) png_set_gray_to_rgb(png);
  png_set_strip_alpha(png);
  png_set_interlace_handling(png);
  png_read_update_info(png, info);
  if (png_get_rowbytes(png, info) != static_cast<std::size_t>(width) * 3) {
    png_error(png, "unexpected sample layout");
  }
  allocate(state, width, height, static_cast<std::size_t>(width) * 3);
  png_read_image(png, state.rows.data());
  png_read_end(png, nullptr);
  return true;
}

}  // namespace

std::string decode_png(std::span<const std::byte> bytes, Image& image) {
  State state{bytes.data(), bytes.size(), &image, {}};
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &state, on_error, on_warning);
  if (png == nullptr) return "PNG: cannot initialize libpng";
  png_infop info = png_create_info_struct(png);
  const bool done = info != nullptr && decode(png, info, state);
  png_destroy_read_struct(&png, &info, nullptr);
  return done ? std::string() : "damaged PNG: " + std::string(state.message);
}

}  // namespace quantbench::preprocess
