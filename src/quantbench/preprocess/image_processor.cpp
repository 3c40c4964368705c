#include "quantbench/preprocess/image_processor.h"

#include <algorithm>
#include <string>

#include "quantbench/base/error.h"
#include "quantbench/base/json.h"

namespace quantbench::preprocess {

namespace {

using Size = ImageProcessor::Size;

constexpr std::int64_t kMaxEdge = 8192;

int read_edge(const Json& value, const std::string& where) {
  if (!value.is_number_integer() || value.get<std::int64_t>() < 1 ||
      value.get<std::int64_t>() > kMaxEdge) {
    throw Error("expected a number of pixels from 1 to " + std::to_string(kMaxEdge), where);
  }
  return static_cast<int>(value.get<std::int64_t>());
}

/// {"height": h, "width": w}, or a number for both.
Size read_size(const Json& value, const std::string& where) {
  if (value.is_number()) return {read_edge(value, where), read_edge(value, where)};
  if (!value.is_object() || !value.contains("height") || !value.contains("width")) {
    throw Error("expected height and width", where, "{\"height\": 224, \"width\": 224}");
  }
  return {read_edge(value["height"], where + ".height"),
          read_edge(value["width"], where + ".width")};
}

std::array<float, 3> read_channels(const Json& value, const std::string& where) {
  std::array<float, 3> out{};
  if (value.is_number()) {
    out.fill(value.get<float>());
    return out;
  }
  if (!value.is_array() || value.size() != out.size()) {
    throw Error("expected three numbers, one per channel", where);
  }
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (!value[i].is_number()) throw Error("expected three numbers, one per channel", where);
    out[i] = value[i].get<float>();
  }
  return out;
}

/// The member, or nullptr if it is missing or null.
const Json* given(const Json& config, const char* key) {
  const auto found = config.find(key);
  return found == config.end() || found->is_null() ? nullptr : &*found;
}

int ceil_half(int value) { return (value + 1) / 2; }

/// The middle of the image. A smaller image gets zeros around it.
Image center_crop(const Image& image, Size size) {
  const auto floor_half = [](int value) { return value >= 0 ? value / 2 : -((1 - value) / 2); };
  // Start of the crop in the image. A negative start is the number of zeros before the image. If
  // one edge is smaller and the other larger, transformers pads only the smaller one, with half of
  // the difference, rounded up.
  const int full_height = std::max(size.height, image.height);
  const int full_width = std::max(size.width, image.width);
  const bool pads = size.height > image.height || size.width > image.width;
  const int top_pad = pads ? ceil_half(full_height - image.height) : 0;
  const int left_pad = pads ? ceil_half(full_width - image.width) : 0;
  const int top = std::max(floor_half(image.height - size.height) + top_pad, 0);
  const int left = std::max(floor_half(image.width - size.width) + left_pad, 0);
  Image out{size.width, size.height, {}};
  out.pixels.resize(static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height) *
                    3);
  const int first = std::max(left_pad - left, 0);
  const int last = std::min(left_pad - left + image.width, size.width);
  for (int y = 0; y < size.height; ++y) {
    const int source_y = y + top - top_pad;
    if (source_y < 0 || source_y >= image.height || last <= first) continue;
    const auto source =
        (static_cast<std::ptrdiff_t>(source_y) * image.width + first + left - left_pad) * 3;
    const auto target = (static_cast<std::ptrdiff_t>(y) * size.width + first) * 3;
    std::copy_n(image.pixels.begin() + source, (last - first) * 3, out.pixels.begin() + target);
  }
  return out;
}

}  // namespace

ImageProcessor ImageProcessor::open(const std::filesystem::path& directory) {
  const std::string where = (directory / "preprocessor_config.json").string();
  const Json config = read_json(where);
  if (!config.is_object()) throw Error("expected a JSON object", where);
  const auto place = [&](const char* key) { return where + ": " + key; };

  std::string kind = value_or<std::string>(config, "image_processor_type", std::string(), where);
  if (kind.empty()) {
    kind = value_or<std::string>(config, "feature_extractor_type", std::string(), where);
  }
  ImageProcessor out;
  if (kind.starts_with("DeiT")) {
    out.size_ = {256, 256};
    out.resample_ = Resampling::kBicubic;
    out.do_center_crop_ = true;
  } else if (kind.starts_with("Beit")) {
    out.resample_ = Resampling::kBicubic;
  }

  out.do_resize_ = value_or<bool>(config, "do_resize", out.do_resize_, where);
  out.do_center_crop_ = value_or<bool>(config, "do_center_crop", out.do_center_crop_, where);
  out.do_rescale_ = value_or<bool>(config, "do_rescale", out.do_rescale_, where);
  out.do_normalize_ = value_or<bool>(config, "do_normalize", out.do_normalize_, where);
  out.rescale_factor_ = value_or<double>(config, "rescale_factor", out.rescale_factor_, where);
  if (const Json* size = given(config, "size")) {
    if (size->is_object() && size->contains("shortest_edge")) {
      out.shortest_edge_ = read_edge((*size)["shortest_edge"], place("size.shortest_edge"));
    } else {
      out.size_ = read_size(*size, place("size"));
    }
  }
  if (const Json* size = given(config, "crop_size")) {
    out.crop_size_ = read_size(*size, place("crop_size"));
  }
  const auto resample =
      value_or<std::int64_t>(config, "resample", static_cast<int>(out.resample_), where);
  if (resample < 0 || resample > 5) {
    throw Error("unknown filter " + std::to_string(resample), place("resample"),
                "0 nearest, 1 lanczos, 2 bilinear, 3 bicubic, 4 box, 5 hamming");
  }
  out.resample_ = static_cast<Resampling>(resample);
  if (const Json* mean = given(config, "image_mean")) {
    out.mean_ = read_channels(*mean, place("image_mean"));
  }
  if (const Json* std = given(config, "image_std")) {
    out.std_ = read_channels(*std, place("image_std"));
    for (const float value : out.std_) {
      if (value == 0.0F) throw Error("a standard deviation must not be 0", place("image_std"));
    }
  }
  return out;
}

Size ImageProcessor::resized(int width, int height) const {
  if (!do_resize_) return {height, width};
  if (!shortest_edge_) return size_;
  // transformers truncates the longer edge; it does not round.
  const int shorter = std::min(width, height);
  const int longer = std::max(width, height);
  const double exact = static_cast<double>(*shortest_edge_) * longer / shorter;
  const int scaled = static_cast<int>(std::min(exact, 1e6));
  return width <= height ? Size{scaled, *shortest_edge_} : Size{*shortest_edge_, scaled};
}

std::optional<Size> ImageProcessor::output_size() const {
  if (do_center_crop_) return crop_size_;
  if (do_resize_ && !shortest_edge_) return size_;
  return std::nullopt;
}

Size ImageProcessor::output_size(int width, int height) const {
  return do_center_crop_ ? crop_size_ : resized(width, height);
}

std::vector<float> ImageProcessor::process(const Image& image) const {
  if (image.width <= 0 || image.height <= 0) throw Error("the image is empty");
  Image shaped = image;
  if (do_resize_) {
    const Size size = resized(image.width, image.height);
    if (static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height) > 89'478'485) {
      throw Error("an image of " + std::to_string(image.width) + " x " +
                  std::to_string(image.height) + " would become too large after resizing");
    }
    shaped = resize(image, size.width, size.height, resample_);
  }
  if (do_center_crop_) shaped = center_crop(shaped, crop_size_);

  const std::size_t plane =
      static_cast<std::size_t>(shaped.width) * static_cast<std::size_t>(shaped.height);
  std::vector<float> out(plane * 3);
  for (std::size_t channel = 0; channel < 3; ++channel) {
    // A channel has 256 values, so the arithmetic runs once per value: rescaled in double,
    // normalized in float, as numpy does.
    std::array<float, 256> values{};
    for (std::size_t sample = 0; sample < values.size(); ++sample) {
      auto value = static_cast<float>(sample);
      if (do_rescale_) value = static_cast<float>(static_cast<double>(sample) * rescale_factor_);
      if (do_normalize_) value = (value - mean_[channel]) / std_[channel];
      values[sample] = value;
    }
    const std::uint8_t* source = shaped.pixels.data() + channel;
    float* target = out.data() + channel * plane;
    for (std::size_t i = 0; i < plane; ++i) target[i] = values[source[3 * i]];
  }
  return out;
}

}  // namespace quantbench::preprocess
