// image_dump: reads one JSON request a line, writes one line of hexadecimal digits for each, or
// "error: ..".
//
//   {"file": ..}                                              eight-bit samples, [height, width, 3]
//   {"file": .., "width": .., "height": .., "resample": ..}   the same, resized
//   {"file": .., "processor": DIRECTORY}                      float samples, [3, height, width]
#include <fmt/format.h>

#include <iostream>

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/base/json.h"
#include "quantbench/preprocess/image_processor.h"

namespace preprocess = quantbench::preprocess;

namespace {

template <typename T>
std::string as_hex(const std::vector<T>& values) {
  std::string out;
  for (const std::byte byte : std::as_bytes(std::span(values))) {
    out += fmt::format("{:02x}", static_cast<unsigned>(byte));
  }
  return out;
}

std::string answer(const quantbench::Json& request) {
  const auto path = request.at("file").get<std::string>();
  const auto file = quantbench::MappedFile::open(path);
  preprocess::Image image = preprocess::decode_image(file->bytes(), path);
  if (request.contains("processor")) {
    const auto directory = request["processor"].get<std::string>();
    return as_hex(preprocess::ImageProcessor::open(directory).process(image));
  }
  if (request.contains("width")) {
    image =
        preprocess::resize(image, request.at("width"), request.at("height"),
                           static_cast<preprocess::Resampling>(request.at("resample").get<int>()));
  }
  return as_hex(image.pixels);
}

}  // namespace

int main() {
  std::string line;
  while (std::getline(std::cin, line)) {
    try {
      std::cout << answer(quantbench::parse_json(line, "standard input")) << '\n';
    } catch (const quantbench::Error& error) {
      std::cout << "error: " << error.what() << '\n';
    }
  }
  return 0;
}
