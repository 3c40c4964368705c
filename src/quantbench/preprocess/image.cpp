#include "quantbench/preprocess/image.h"

#include "quantbench/base/error.h"
#include "quantbench/preprocess/image_codecs.h"

namespace quantbench::preprocess {

namespace {

bool starts_with(std::span<const std::byte> bytes, std::string_view magic) {
  if (bytes.size() < magic.size()) return false;
  for (std::size_t i = 0; i < magic.size(); ++i) {
    if (bytes[i] != static_cast<std::byte>(magic[i])) return false;
  }
  return true;
}

}  // namespace

Image decode_image(std::span<const std::byte> bytes, const std::string& where) {
  Image image;
  std::string problem;
  if (starts_with(bytes, "\x89PNG\r\n\x1a\n")) {
    problem = decode_png(bytes, image);
  } else if (starts_with(bytes, "\xff\xd8\xff")) {
    problem = decode_jpeg(bytes, image);
  } else {
    throw Error(bytes.empty() ? "empty image" : "unknown image format", where,
                "supported: PNG, JPEG");
  }
  if (!problem.empty()) throw Error(problem, where);
  return image;
}

}  // namespace quantbench::preprocess
