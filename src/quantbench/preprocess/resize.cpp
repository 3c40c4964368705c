#include <algorithm>
#include <cmath>
#include <numbers>

#include "quantbench/base/error.h"
#include "quantbench/preprocess/image.h"

namespace quantbench::preprocess {

namespace {

constexpr int kChannels = 3;
// Coefficients have 22 fractional bits. Of the 32 bits, eight are for the sample, and two are
// headroom for the negative lobes of the filters.
constexpr int kPrecisionBits = 32 - 8 - 2;

double sinc(double x) {
  if (x == 0.0) return 1.0;
  x *= std::numbers::pi;
  return std::sin(x) / x;
}

struct Filter {
  double support;
  double (*weight)(double);
};

Filter filter_of(Resampling resampling) {
  switch (resampling) {
    case Resampling::kBox:
      return {0.5, [](double x) { return x > -0.5 && x <= 0.5 ? 1.0 : 0.0; }};
    case Resampling::kHamming:
      return {1.0, [](double x) {
                x = std::fabs(x);
                if (x == 0.0) return 1.0;
                if (x >= 1.0) return 0.0;
                x *= std::numbers::pi;
                return std::sin(x) / x * (0.54 + 0.46 * std::cos(x));
              }};
    case Resampling::kBicubic:
      // Keys' cubic convolution with a = -0.5.
      return {2.0, [](double x) {
                constexpr double a = -0.5;
                x = std::fabs(x);
                if (x < 1.0) return ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0;
                if (x < 2.0) return (((x - 5.0) * x + 8.0) * x - 4.0) * a;
                return 0.0;
              }};
    case Resampling::kLanczos:
      return {3.0, [](double x) { return x >= -3.0 && x < 3.0 ? sinc(x) * sinc(x / 3.0) : 0.0; }};
    case Resampling::kBilinear:
    case Resampling::kNearest:
      break;
  }
  return {1.0, [](double x) {
            x = std::fabs(x);
            return x < 1.0 ? 1.0 - x : 0.0;
          }};
}

/// Input samples of one output sample, with their weights.
struct Window {
  int begin;
  std::vector<int> coefficients;
};

std::vector<Window> windows(int in, int out, const Filter& filter) {
  const double scale = static_cast<double>(in) / out;
  const double filter_scale = std::max(scale, 1.0);
  const double support = filter.support * filter_scale;
  const double step = 1.0 / filter_scale;
  std::vector<Window> all(static_cast<std::size_t>(out));
  std::vector<double> weights;
  for (int i = 0; i < out; ++i) {
    const double center = (i + 0.5) * scale;
    const int begin = std::max(static_cast<int>(center - support + 0.5), 0);
    const int end = std::min(static_cast<int>(center + support + 0.5), in);
    weights.clear();
    double sum = 0.0;
    for (int x = begin; x < end; ++x) {
      const double weight = filter.weight((x - center + 0.5) * step);
      weights.push_back(weight);
      sum += weight;
    }
    Window& window = all[static_cast<std::size_t>(i)];
    window.begin = begin;
    for (double weight : weights) {
      if (sum != 0.0) weight /= sum;
      const double scaled = weight * (1 << kPrecisionBits);
      window.coefficients.push_back(static_cast<int>(scaled + (weight < 0 ? -0.5 : 0.5)));
    }
  }
  return all;
}

std::uint8_t to_sample(int sum) {
  return static_cast<std::uint8_t>(std::clamp(sum >> kPrecisionBits, 0, 255));
}

/// One line of samples, `step` apart.
void convolve(const std::uint8_t* source, std::size_t step, const std::vector<Window>& all,
              std::uint8_t* target, std::size_t target_step) {
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Window& window = all[i];
    const std::uint8_t* sample = source + static_cast<std::size_t>(window.begin) * step;
    int sum = 1 << (kPrecisionBits - 1);
    for (const int coefficient : window.coefficients) {
      sum += *sample * coefficient;
      sample += step;
    }
    target[i * target_step] = to_sample(sum);
  }
}

Image blank(int width, int height) {
  Image image{width, height, {}};
  image.pixels.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) *
                      kChannels);
  return image;
}

Image resize_rows(const Image& image, int width, const Filter& filter) {
  Image out = blank(width, image.height);
  const auto all = windows(image.width, width, filter);
  const auto in_row = static_cast<std::size_t>(image.width) * kChannels;
  const auto out_row = static_cast<std::size_t>(width) * kChannels;
  for (std::size_t y = 0; y < static_cast<std::size_t>(image.height); ++y) {
    for (std::size_t channel = 0; channel < kChannels; ++channel) {
      convolve(&image.pixels[y * in_row + channel], kChannels, all,
               &out.pixels[y * out_row + channel], kChannels);
    }
  }
  return out;
}

Image resize_columns(const Image& image, int height, const Filter& filter) {
  Image out = blank(image.width, height);
  const auto all = windows(image.height, height, filter);
  const auto row = static_cast<std::size_t>(image.width) * kChannels;
  for (std::size_t column = 0; column < row; ++column) {
    convolve(&image.pixels[column], row, all, &out.pixels[column], row);
  }
  return out;
}

/// Input index of each output index. The position is summed, not multiplied, as in Pillow: halfway
/// between two samples, the rounding errors decide.
std::vector<std::size_t> nearest_indices(int in, int out) {
  const double scale = static_cast<double>(in) / out;
  std::vector<std::size_t> indices;
  double position = scale * 0.5;
  for (int i = 0; i < out; ++i, position += scale) {
    indices.push_back(static_cast<std::size_t>(std::min(static_cast<int>(position), in - 1)));
  }
  return indices;
}

Image resize_nearest(const Image& image, int width, int height) {
  Image out = blank(width, height);
  const auto columns = nearest_indices(image.width, width);
  std::uint8_t* target = out.pixels.data();
  for (const std::size_t y : nearest_indices(image.height, height)) {
    const std::uint8_t* row =
        image.pixels.data() + y * static_cast<std::size_t>(image.width) * kChannels;
    for (const std::size_t x : columns)
      target = std::copy_n(row + x * kChannels, kChannels, target);
  }
  return out;
}

}  // namespace

Image resize(const Image& image, int width, int height, Resampling resampling) {
  if (width <= 0 || height <= 0 || image.width <= 0 || image.height <= 0) {
    throw Error("cannot resize an image of " + std::to_string(image.width) + " x " +
                std::to_string(image.height) + " to " + std::to_string(width) + " x " +
                std::to_string(height));
  }
  if (width == image.width && height == image.height) return image;
  if (resampling == Resampling::kNearest) return resize_nearest(image, width, height);
  const Filter filter = filter_of(resampling);
  // The order of the passes determines the intermediate rounding.
  const int lost = image.height - height;
  const bool columns_first = lost > 0 && lost > 2 * (image.width - width);
  Image out = image;
  if (columns_first) out = resize_columns(out, height, filter);
  if (width != image.width) out = resize_rows(out, width, filter);
  if (!columns_first && height != image.height) out = resize_columns(out, height, filter);
  return out;
}

}  // namespace quantbench::preprocess
