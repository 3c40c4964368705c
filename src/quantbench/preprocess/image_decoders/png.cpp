#include <png.h>

#include <cctype>
#include <csetjmp>
#include <cstring>
#include <memory>
#include <string_view>

#include "quantbench/preprocess/image_decoder.h"

namespace quantbench::preprocess {

namespace {

/// State of libpng's callbacks. libpng reports errors by longjmp. So no object with a destructor
/// may be created between setjmp and the end of decoding; the caller owns them all.
struct State {
  const std::byte* data;
  std::size_t left;
  StoredImage* stored;
  std::vector<png_bytep> rows;
  std::vector<std::uint8_t> wide;  ///< grey levels of 16 bits
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

void make_rows(State& state, std::uint8_t* first, std::size_t height, std::size_t row_bytes) {
  state.rows.resize(height);
  for (std::size_t y = 0; y < height; ++y) state.rows[y] = first + y * row_bytes;
}

/// Pillow cuts grey levels of 16 bits off at 255, and takes the high byte of colours.
void keep_low_levels(State& state) {
  std::uint8_t* target = state.stored->image.pixels.data();
  for (std::size_t i = 0; i < state.wide.size(); i += 2, target += 3) {
    std::memset(target, state.wide[i] == 0 ? state.wide[i + 1] : 255, 3);
  }
}

/// The text of a chunk that has this key, decompressed.
std::string_view text_of(png_structp png, png_infop info, std::string_view key) {
  png_textp texts = nullptr;
  int count = 0;
  png_get_text(png, info, &texts, &count);
  for (int i = 0; i < count; ++i) {
    if (key != texts[i].key || texts[i].text == nullptr) continue;
    const bool international = texts[i].compression >= PNG_ITXT_COMPRESSION_NONE;
    return {texts[i].text, international ? texts[i].itxt_length : texts[i].text_length};
  }
  return {};
}

/// EXIF data that ImageMagick writes as text: its name, its length, and hexadecimal digits.
std::vector<std::byte> exif_in_text(std::string_view text) {
  for (int line = 0; line < 3; ++line) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  std::vector<std::byte> bytes;
  int digits = 0;
  unsigned value = 0;
  for (const char c : text) {
    if (std::isxdigit(static_cast<unsigned char>(c)) == 0) continue;
    value = value * 16 + static_cast<unsigned>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    if (++digits % 2 == 0) bytes.push_back(static_cast<std::byte>(value & 0xFFU));
  }
  return bytes;
}

/// Orientation in a chunk before or after the pixels. Called outside of setjmp: nothing here
/// reports errors.
int orientation_in(png_structp png, png_infop info) {
  png_uint_32 size = 0;
  png_bytep exif = nullptr;
  const std::string_view xmp = text_of(png, info, "XML:com.adobe.xmp");
  if (png_get_eXIf_1(png, info, &size, &exif) != 0) {
    return orientation_of(std::as_bytes(std::span(exif, size)), xmp);
  }
  return orientation_of(exif_in_text(text_of(png, info, "Raw profile type exif")), xmp);
}

bool decode_pixels(png_structp png, png_infop info, png_infop end, State& state) {
  if (setjmp(png_jmpbuf(png)) != 0) return false;
  png_set_read_fn(png, &state, on_read);
  png_set_user_limits(png, 1U << 20U, 1U << 20U);
  png_set_chunk_malloc_max(png, 8U << 20U);
  png_set_chunk_cache_max(png, 128);
  png_read_info(png, info);
  const std::size_t width = png_get_image_width(png, info);
  const std::size_t height = png_get_image_height(png, info);
  if (width * height > kMaxImagePixels) {
    png_error(png, "more pixels than the limit of 89478485");
  }
  const png_byte color = png_get_color_type(png, info);
  const bool wide_grey = color == PNG_COLOR_TYPE_GRAY && png_get_bit_depth(png, info) == 16;
  if (!wide_grey) {
    png_set_strip_16(png);
    if (color == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png);
    if (color == PNG_COLOR_TYPE_GRAY) png_set_expand_gray_1_2_4_to_8(png);
    if ((color & PNG_COLOR_MASK_COLOR) == 0) png_set_gray_to_rgb(png);
    png_set_strip_alpha(png);
  }
  png_set_interlace_handling(png);
  png_read_update_info(png, info);
  const std::size_t row_bytes = width * (wide_grey ? 2 : 3);
  if (png_get_rowbytes(png, info) != row_bytes) png_error(png, "unexpected sample layout");
  allocate(state.stored->image, width, height);
  if (wide_grey) state.wide.resize(row_bytes * height);
  std::uint8_t* const first = wide_grey ? state.wide.data() : state.stored->image.pixels.data();
  make_rows(state, first, height, row_bytes);
  png_read_image(png, state.rows.data());
  png_read_end(png, end);
  return true;
}

class Png : public ImageDecoder {
 public:
  std::string label() const override { return "PNG"; }
  std::vector<std::string> extensions() const override { return {".png", ".apng"}; }
  bool accepts(std::span<const std::byte> bytes) const override {
    return starts_with(bytes, "\x89PNG\r\n\x1a\n");
  }
  std::string decode(std::span<const std::byte> bytes, StoredImage& stored) const override {
    State state{bytes.data(), bytes.size(), &stored, {}, {}};
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &state, on_error, on_warning);
    if (png == nullptr) return "cannot initialize libpng";
    png_infop info = png_create_info_struct(png);
    png_infop end = png_create_info_struct(png);
    const bool done = info != nullptr && end != nullptr && decode_pixels(png, info, end, state);
    if (done) {
      keep_low_levels(state);
      stored.orientation = orientation_in(png, info);
      if (stored.orientation == 1) stored.orientation = orientation_in(png, end);
    }
    png_destroy_read_struct(&png, &info, &end);
    return done ? std::string() : std::string(state.message);
  }
};

}  // namespace

void register_png(ImageDecoderRegistry& registry) { registry.add("png", std::make_unique<Png>()); }

}  // namespace quantbench::preprocess
