#include "quantbench/preprocess/image.h"

#include "quantbench/base/error.h"
#include "quantbench/base/lfs_pointer.h"
#include "quantbench/base/text.h"
#include "quantbench/preprocess/image_decoder.h"
#include "quantbench/preprocess/orientation.h"

namespace quantbench::preprocess {

Image decode_image(std::span<const std::byte> bytes, const std::string& where) {
  refuse_lfs_pointer(bytes, where);
  std::vector<std::string> labels;
  for (const std::string& name : image_decoders().names()) {
    const ImageDecoder& decoder = image_decoders().get(name);
    labels.push_back(decoder.label());
    if (!decoder.accepts(bytes)) continue;
    StoredImage stored;
    if (const std::string problem = decoder.decode(bytes, stored); !problem.empty()) {
      throw Error("damaged " + decoder.label() + ": " + problem, where);
    }
    return upright(std::move(stored.image), stored.orientation);
  }
  throw Error(bytes.empty() ? "the image is empty" : "unknown image format", where,
              "supported: " + join(labels, ", "));
}

std::set<std::string> image_extensions() {
  std::set<std::string> known;
  for (const std::string& name : image_decoders().names()) {
    for (const std::string& extension : image_decoders().get(name).extensions()) {
      known.insert(extension);
    }
  }
  return known;
}

}  // namespace quantbench::preprocess
