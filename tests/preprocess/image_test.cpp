#include "quantbench/preprocess/image.h"

#include <gmock/gmock.h>

#include <cmath>

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/base/json.h"
#include "quantbench/preprocess/image_decoder.h"
#include "quantbench/preprocess/image_processor.h"
#include "quantbench/preprocess/orientation.h"
#include "support/real_assets.h"

namespace quantbench::preprocess {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::filesystem::path image_data(const std::string& name) {
  return std::filesystem::path(QUANTBENCH_TEST_DATA) / "image" / name;
}

Image decode_file(const std::filesystem::path& path) {
  const auto file = MappedFile::open(path);
  return decode_image(file->bytes(), path.string());
}

/// The three channels of a pixel.
std::vector<int> pixel(const Image& image, int x, int y) {
  const auto at = (static_cast<std::size_t>(y) * static_cast<std::size_t>(image.width) +
                   static_cast<std::size_t>(x)) *
                  3;
  return {image.pixels[at], image.pixels[at + 1], image.pixels[at + 2]};
}

Image grey_row(const std::vector<std::uint8_t>& values) {
  Image image{static_cast<int>(values.size()), 1, {}};
  for (const std::uint8_t value : values) image.pixels.insert(image.pixels.end(), 3, value);
  return image;
}

std::vector<int> reds(const Image& image) {
  std::vector<int> out;
  for (std::size_t i = 0; i < image.pixels.size(); i += 3) out.push_back(image.pixels[i]);
  return out;
}

std::string error_of_config(const std::string& text) {
  const TemporaryDirectory directory;
  write_text(directory.path() / "preprocessor_config.json", text);
  try {
    ImageProcessor::open(directory.path());
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

ImageProcessor processor(const std::string& text) {
  const TemporaryDirectory directory;
  write_text(directory.path() / "preprocessor_config.json", text);
  return ImageProcessor::open(directory.path());
}

TEST(ImageDecoder, reads_every_kind_of_png_as_rgb) {
  for (const char* name :
       {"rgb.png", "rgba.png", "palette.png", "palette_transparent.png", "interlaced.png"}) {
    const Image image = decode_file(image_data(name));
    ASSERT_EQ(image.width, 3) << name;
    ASSERT_EQ(image.height, 2) << name;
    EXPECT_THAT(pixel(image, 0, 0), ElementsAre(255, 0, 0)) << name;
    EXPECT_THAT(pixel(image, 1, 0), ElementsAre(0, 255, 0)) << name;
    EXPECT_THAT(pixel(image, 2, 0), ElementsAre(0, 0, 255)) << name;
    EXPECT_THAT(pixel(image, 2, 1), ElementsAre(10, 20, 30)) << name;
  }
  EXPECT_THAT(pixel(decode_file(image_data("grey.png")), 1, 0), ElementsAre(100, 100, 100));
  EXPECT_THAT(pixel(decode_file(image_data("one_bit.png")), 1, 0), ElementsAre(255, 255, 255));
}

// tests/oracle/test_image.py has every format and mode.
TEST(ImageDecoder, reads_other_formats_as_rgb) {
  for (const char* name : {"rgb.webp", "rgb.gif", "rgb.bmp", "palette.bmp", "rgb.tif"}) {
    const Image image = decode_file(image_data(name));
    ASSERT_EQ(image.width, 3) << name;
    ASSERT_EQ(image.height, 2) << name;
    EXPECT_THAT(pixel(image, 0, 0), ElementsAre(255, 0, 0)) << name;
    EXPECT_THAT(pixel(image, 2, 0), ElementsAre(0, 0, 255)) << name;
    EXPECT_THAT(pixel(image, 2, 1), ElementsAre(10, 20, 30)) << name;
  }
}

TEST(ImageDecoder, turns_images_as_their_orientation_says) {
  for (const char* name : {"turned.png", "turned.webp", "turned.tif"}) {
    const Image image = decode_file(image_data(name));
    ASSERT_EQ(image.width, 2) << name;
    ASSERT_EQ(image.height, 3) << name;
    EXPECT_THAT(pixel(image, 1, 0), ElementsAre(255, 0, 0)) << name;
    EXPECT_THAT(pixel(image, 1, 2), ElementsAre(0, 0, 255)) << name;
    EXPECT_THAT(pixel(image, 0, 2), ElementsAre(10, 20, 30)) << name;
  }
  const Image photo = decode_file(image_data("turned.jpg"));
  ASSERT_EQ(photo.width, 16);
  ASSERT_EQ(photo.height, 24);
  EXPECT_NEAR(pixel(photo, 12, 4)[0], 254, 2) << "red";
  EXPECT_NEAR(pixel(photo, 12, 20)[2], 254, 2) << "blue";
}

TEST(ImageDecoder, prints_inks_as_pillow_does) {
  const Image inks = decode_file(image_data("cmyk.jpg"));
  EXPECT_THAT(pixel(inks, 0, 0), ElementsAre(0, 255, 255));
  EXPECT_THAT(pixel(inks, 7, 0), ElementsAre(127, 127, 127));
  const Image brightness = decode_file(image_data("ycck.jpg"));
  EXPECT_NEAR(pixel(brightness, 0, 0)[0], 77, 2);
  EXPECT_NEAR(pixel(brightness, 0, 0)[1], 255, 2);
  EXPECT_NEAR(pixel(brightness, 0, 0)[2], 30, 2);
}

TEST(ImageDecoder, cuts_grey_levels_of_16_bits_off_as_pillow_does) {
  const Image image = decode_file(image_data("grey16.png"));
  EXPECT_THAT(reds(image), ElementsAre(0, 200, 255, 255, 40, 255));
}

TEST(Orientation, is_found_in_exif_of_either_byte_order_and_in_xmp) {
  const auto found = [](std::string_view exif, std::string_view xmp = {}) {
    return orientation_of(std::as_bytes(std::span(exif)), xmp);
  };
  constexpr std::string_view kLittle("II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0", 22);
  constexpr std::string_view kBig("MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x08\0\0", 22);
  EXPECT_EQ(found(kLittle), 6);
  EXPECT_EQ(found(kBig), 8);
  EXPECT_EQ(found(std::string("Exif\0\0", 6) + std::string(kBig)), 8);
  EXPECT_EQ(found({}, R"(<a tiff:Orientation="3"/>)"), 3);
  EXPECT_EQ(found({}, "tiff:Orientation tiff:Orientation>7<"), 7);
  EXPECT_EQ(found(kLittle, R"(tiff:Orientation="3")"), 6) << "EXIF goes before XMP";
  EXPECT_EQ(found({}, R"(tiff:Orientation="9")"), 1);
  for (std::size_t size = 0; size < kLittle.size() - 3; ++size) {
    EXPECT_EQ(found(kLittle.substr(0, size)), 1) << size;
  }
}

TEST(Orientation, turns_and_mirrors_in_eight_ways) {
  // 1 2 3
  // 4 5 6
  const Image image{3, 2, {1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5, 6, 6, 6}};
  const std::vector<std::vector<int>> expected = {
      {1, 2, 3, 4, 5, 6}, {3, 2, 1, 6, 5, 4}, {6, 5, 4, 3, 2, 1}, {4, 5, 6, 1, 2, 3},
      {1, 4, 2, 5, 3, 6}, {4, 1, 5, 2, 6, 3}, {6, 3, 5, 2, 4, 1}, {3, 6, 2, 5, 1, 4}};
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const Image turned = upright(image, orientation);
    EXPECT_EQ(reds(turned), expected[static_cast<std::size_t>(orientation) - 1]) << orientation;
    EXPECT_EQ(turned.width, orientation < 5 ? 3 : 2);
    EXPECT_EQ(turned.height, orientation < 5 ? 2 : 3);
  }
}

TEST(ImageDecoder, refuses_what_is_no_image_or_cut_short) {
  for (const char* name :
       {"rgb.png", "colour.jpg", "rgb.webp", "rgb.bmp", "rgb.tif", "cmyk.jpg", "turned.png"}) {
    const std::string whole = read_text(image_data(name));
    for (std::size_t size = 0; size + 12 < whole.size(); ++size) {
      const std::string part = whole.substr(0, size);
      EXPECT_THROW(decode_image(std::as_bytes(std::span(part)), name), Error)
          << name << " " << size;
    }
  }
  try {
    decode_image(std::as_bytes(std::span(std::string_view("GIF8"))), "row 3");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("row 3: unknown image format"));
  }
}

TEST(ImageDecoder, survives_any_changed_byte) {
  for (const char* name : {"rgb.png", "palette_transparent.png", "colour.jpg", "cmyk.jpg",
                           "turned.jpg", "turned.png", "grey16.png", "rgb.webp", "turned.webp",
                           "rgb.gif", "rgb.bmp", "palette.bmp", "rgb.tif", "turned.tif"}) {
    const std::string whole = read_text(image_data(name));
    for (std::size_t at = 3; at < whole.size(); ++at) {
      for (const char value : {'\0', '\xff', '\x41'}) {
        std::string changed = whole;
        changed[at] = value;
        try {
          const Image image = decode_image(std::as_bytes(std::span(changed)), name);
          EXPECT_EQ(image.pixels.size(), static_cast<std::size_t>(image.width) *
                                             static_cast<std::size_t>(image.height) * 3);
        } catch (const Error&) {
        }
      }
    }
  }
}

TEST(Resize, averages_over_what_a_pixel_covers_when_it_shrinks) {
  EXPECT_THAT(reds(resize(grey_row({0, 100, 200, 40}), 2, 1, Resampling::kBox)),
              ElementsAre(50, 120));
  EXPECT_THAT(reds(resize(grey_row({0, 100, 200, 40}), 2, 1, Resampling::kNearest)),
              ElementsAre(100, 40));
}

TEST(Resize, interpolates_when_it_grows) {
  EXPECT_THAT(reds(resize(grey_row({0, 100}), 4, 1, Resampling::kBilinear)),
              ElementsAre(0, 25, 75, 100));
}

TEST(Resize, clips_the_overshoot_of_the_sharper_filters) {
  EXPECT_THAT(reds(resize(grey_row({0, 0, 255, 255}), 8, 1, Resampling::kLanczos)),
              ElementsAre(10, 0, 0, 54, 201, 255, 255, 245));
}

TEST(ImageProcessor, rescales_normalizes_and_puts_channels_first) {
  const auto values =
      processor(R"({"size": 1, "image_mean": [0.5, 0.5, 0], "image_std": [0.5, 1, 1]})")
          .process(Image{1, 1, {255, 0, 51}});
  EXPECT_THAT(values, ElementsAre(1.0F, -0.5F, ::testing::FloatEq(0.2F)));
}

TEST(ImageProcessor, crops_the_middle_and_pads_what_is_missing_with_zeros) {
  const auto plain = processor(
      R"({"do_resize": false, "do_center_crop": true, "crop_size": {"height": 1, "width": 2},
          "do_rescale": false, "do_normalize": false})");
  const auto red = [&](const std::vector<std::uint8_t>& row) {
    const auto values = plain.process(grey_row(row));
    return std::vector<float>(values.begin(), values.begin() + 2);
  };
  EXPECT_THAT(red({1, 2, 3, 4}), ElementsAre(2, 3));
  EXPECT_THAT(red({7}), ElementsAre(0, 7));
}

TEST(ImageProcessor, keeps_the_aspect_ratio_when_only_the_shortest_edge_is_given) {
  const auto shortest = processor(R"({"size": {"shortest_edge": 10}})");
  EXPECT_FALSE(shortest.output_size().has_value());
  EXPECT_EQ(shortest.output_size(30, 20).width, 15);
  EXPECT_EQ(shortest.output_size(30, 20).height, 10);
}

TEST(ImageProcessor, names_file_and_key_of_what_it_cannot_use) {
  EXPECT_THAT(error_of_config("{"), HasSubstr("preprocessor_config.json"));
  EXPECT_THAT(error_of_config(R"({"size": {"height": 0, "width": 3}})"), HasSubstr("size.height"));
  EXPECT_THAT(error_of_config(R"({"size": {"height": 4}})"),
              HasSubstr("expected height and width"));
  EXPECT_THAT(error_of_config(R"({"resample": 9})"), HasSubstr("bicubic"));
  EXPECT_THAT(error_of_config(R"({"image_std": [1, 0, 1]})"), HasSubstr("image_std"));
  EXPECT_THAT(error_of_config(R"({"image_mean": [1, "x", 1]})"), HasSubstr("image_mean"));
  EXPECT_THAT(error_of_config(R"({"do_resize": "yes"})"), HasSubstr("do_resize"));
}

TEST(ImageProcessor, gives_the_pixel_values_that_the_reference_recorded_for_real_images) {
  QUANTBENCH_NEEDS_REAL_ASSETS();
  const Json expected =
      read_json(test::real_assets() / "reference.json").at("digits-vit").at("first_16");
  const auto images = ImageProcessor::open(test::real_assets() / "digits-vit");
  ASSERT_EQ(expected.size(), 16u);
  for (const Json& entry : expected) {
    const auto path = test::real_assets() / "data" / "digits" / "validation" /
                      entry.at("file").get<std::string>();
    const auto values = images.process(decode_file(path));
    const std::size_t plane = 64 * 64;
    ASSERT_EQ(values.size(), 3 * plane);
    double sum = 0, squares = 0;
    for (const float value : values) sum += value;
    const double mean = sum / static_cast<double>(values.size());
    for (const float value : values) squares += (value - mean) * (value - mean);
    EXPECT_NEAR(mean, entry.at("mean").get<double>(), 1e-6) << path;
    EXPECT_NEAR(std::sqrt(squares / static_cast<double>(values.size() - 1)),
                entry.at("std").get<double>(), 1e-4)
        << path;
    for (std::size_t channel = 0; channel < 3; ++channel) {
      const Json& row = entry.at("row_0").at(channel);
      for (std::size_t x = 0; x < row.size(); ++x) {
        EXPECT_NEAR(values[channel * plane + x], row[x].get<double>(), 1e-6) << path;
      }
    }
  }
}

}  // namespace
}  // namespace quantbench::preprocess
