#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <vector>

#include "quantbench/preprocess/image.h"

namespace quantbench::preprocess {

/// Turns an image into a vision model's pixel_values, like the Pillow-based image processors of
/// `transformers`: resize, centre crop, rescale, normalize, each if preprocessor_config.json asks
/// for it.
class ImageProcessor {
 public:
  /// Reads preprocessor_config.json of a model directory. Missing keys get the defaults of the
  /// class that the file names (ViT, DeiT, BEiT). Throws Error naming file and key.
  static ImageProcessor open(const std::filesystem::path& directory);

  /// `[3, height, width]`, red first. Throws Error if the image is empty.
  std::vector<float> process(const Image& image) const;

  /// Size of the result of `process`; nullopt if it depends on the image (shortest_edge without
  /// centre crop, or no resizing).
  struct Size {
    int height = 0;
    int width = 0;
  };
  std::optional<Size> output_size() const;
  /// Size of the result of `process` for an image of this size.
  Size output_size(int width, int height) const;

 private:
  Size resized(int width, int height) const;

  bool do_resize_ = true;
  /// Either a fixed size or the length of the shorter edge.
  Size size_{224, 224};
  std::optional<int> shortest_edge_;
  Resampling resample_ = Resampling::kBilinear;
  bool do_center_crop_ = false;
  Size crop_size_{224, 224};
  bool do_rescale_ = true;
  double rescale_factor_ = 1.0 / 255.0;
  bool do_normalize_ = true;
  std::array<float, 3> mean_{0.5F, 0.5F, 0.5F};
  std::array<float, 3> std_{0.5F, 0.5F, 0.5F};
};

}  // namespace quantbench::preprocess
