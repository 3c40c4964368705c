#include <filesystem>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/preprocess/image_processor.h"
#include "quantbench/task/class_labels.h"
#include "quantbench/task/columns.h"
#include "quantbench/task/logits.h"
#include "quantbench/task/timing_size.h"

namespace quantbench::task {

namespace {

using Size = preprocess::ImageProcessor::Size;

std::string in_words(Size size) {
  return std::to_string(size.height) + " x " + std::to_string(size.width);
}

int edge(const Json& value) {
  constexpr std::int64_t kLargest = 16384;
  if (!value.is_number_integer() || value < 1 || value > kLargest) {
    throw Error("key 'image_size' is " + to_line(value) + ", expected 1 to " +
                    std::to_string(kLargest) + ", or [height, width] in that range",
                "config.json");
  }
  return value.get<int>();
}

/// Image size of the model. transformers omits image_size if it is 224.
Size image_size(const Json& config) {
  const auto found = config.find("image_size");
  if (found == config.end() || found->is_null()) return {224, 224};
  if (found->is_array() && found->size() == 2) return {edge((*found)[0]), edge((*found)[1])};
  const int both = edge(*found);
  return {both, both};
}

constexpr std::int64_t kChannels = 3;

void require_three_channels(const Json& config) {
  const auto channels = value_or<std::int64_t>(config, "num_channels", kChannels, "config.json");
  if (channels != kChannels) {
    throw Error("key 'num_channels' is " + std::to_string(channels) + ", expected 3", "config.json",
                "images are read as red, green and blue");
  }
}

/// The input that takes the images: its name, and its size if the model declares it.
struct ImageInput {
  std::string name = "pixel_values";
  std::optional<Size> size;
};

/// Of a model that declares these inputs: the only one, [batch, 3, height, width]. Throws Error.
ImageInput image_input(const std::vector<runtime::InputInfo>& wanted) {
  if (wanted.empty()) return {};
  if (wanted.size() > 1) {
    const bool first = wanted[0].shape.size() == 4;
    throw Error(
        "the model needs an input '" + wanted[first ? 1 : 0].name + "' that the task does not have",
        {}, "the task has pixel_values");
  }
  const runtime::InputInfo& input = wanted.front();
  ImageInput image{.name = input.name, .size = std::nullopt};
  const auto& shape = input.shape;
  if (shape.empty()) return image;
  if (shape.size() != 4 || (shape[1] > 0 && shape[1] != kChannels)) {
    std::string sizes;
    for (const std::int64_t extent : shape) {
      sizes += (sizes.empty() ? "" : ", ") + (extent < 0 ? "any" : std::to_string(extent));
    }
    throw Error("the model's input '" + input.name + "' has the shape [" + sizes +
                    "], expected [batch, 3, height, width]",
                {}, "export the model for images with the channels first");
  }
  if (shape[2] > 0 && shape[3] > 0) image.size = {edge(shape[2]), edge(shape[3])};
  return image;
}

runtime::NamedTensor pixel_values(const std::string& name, std::int64_t batch, Size size,
                                  std::vector<float> values) {
  return {name, {{batch, kChannels, size.height, size.width}, std::move(values)}};
}

const std::vector<float>& pixels_of(const Features& features) {
  return std::get<std::vector<float>>(features.inputs.at(0).tensor.values);
}

class ImageClassificationProcessor : public Processor {
 public:
  ImageClassificationProcessor(const Task& task, const TaskContext& context,
                               const dataset::Split& split)
      : task_(task),
        classes_(context.labels.size()),
        image_(*data_column(context, "primary")),
        reference_(context.ref_keys[0]),
        labels_(context, data_class_names(split, reference_)),
        processor_(preprocess::ImageProcessor::open(context.model_directory)),
        input_(image_input(context.inputs)),
        size_(size_of(context)) {
    if (classes_ == 0) {
      throw Error("the model has no labels", (context.model_directory / "config.json").string());
    }
    require_three_channels(context.config);
    if (const auto given = processor_.output_size()) {
      require_size(*given, (context.model_directory / "preprocessor_config.json").string());
    }
    for_each_row(split, [&](const dataset::Example& row) {
      cost(row);
      reference(row);
    });
  }

  const Task& task() const override { return task_; }

  std::vector<Features> features(const dataset::Example& example) const override {
    const preprocess::Image image = decoded_image(example);
    std::vector<Features> passes(1);
    passes[0].inputs.push_back(pixel_values(input_.name, 1, size_, processor_.process(image)));
    return passes;
  }

  bool needs_check() const override { return true; }
  void check(const dataset::Example& example) const override { decoded_image(example); }

  /// The model's part is the same for all images; bytes estimate the cost of decoding.
  std::size_t cost(const dataset::Example& example) const override {
    const Encoded encoded = encoded_image(example);
    if (!encoded.bytes.empty()) return encoded.bytes.size();
    std::error_code failure;
    const auto bytes = std::filesystem::file_size(encoded.path, failure);
    return failure ? 0 : bytes;  // `features` says what is wrong
  }

  Json prediction(const std::vector<std::vector<runtime::Tensor>>& outputs,
                  const std::vector<Features>&, const dataset::Example&) const override {
    return argmax(logits(outputs.at(0), classes_, 2));
  }

  std::vector<WantedOutput> outputs() const override {
    return {{"logits", {-1, static_cast<std::int64_t>(classes_)}}};
  }

  Json reference(const dataset::Example& example) const override {
    const auto found = example.find(reference_);
    if (found == example.end() || found->is_null()) {
      throw Error("no label in column '" + reference_ + "'");
    }
    return labels_.id(*found);
  }

  std::vector<runtime::NamedTensor> collate(
      const std::vector<const Features*>& features) const override {
    std::vector<float> values;
    values.reserve(features.size() * pixels_of(*features[0]).size());
    for (const Features* sample : features) {
      const auto& pixels = pixels_of(*sample);
      values.insert(values.end(), pixels.begin(), pixels.end());
    }
    return {pixel_values(input_.name, static_cast<std::int64_t>(features.size()), size_,
                         std::move(values))};
  }

 private:
  /// An image file: its bytes if the row has them, else the file at the path.
  struct Encoded {
    std::span<const std::byte> bytes;  ///< owned by the row, which must outlive this
    std::string path;                  ///< with bytes: a name for messages, or empty
  };

  /// The model's own size: as its graph or its config.json has it, or, if neither says it (ResNet),
  /// the image processor's.
  Size size_of(const TaskContext& context) const {
    if (input_.size) return *input_.size;
    const auto given = processor_.output_size();
    return given && !context.config.contains("image_size") && !context.inputs.empty()
               ? *given
               : image_size(context.config);
  }

  static std::span<const std::byte> bytes_of(const Json& value) {
    return std::as_bytes(std::span(value.get_binary()));
  }

  /// The image of a row: {"path"} of an image folder, {"bytes", "path"} or bytes of a Parquet file.
  Encoded encoded_image(const dataset::Example& example) const {
    const auto found = example.find(image_);
    Encoded encoded;
    if (found != example.end() && found->is_binary()) {
      encoded.bytes = bytes_of(*found);
    } else if (found != example.end() && found->is_object()) {
      const auto bytes = found->find("bytes");
      const auto path = found->find("path");
      if (bytes != found->end() && bytes->is_binary()) encoded.bytes = bytes_of(*bytes);
      if (path != found->end() && path->is_string()) encoded.path = path->get<std::string>();
    }
    if (encoded.bytes.empty() && encoded.path.empty()) {
      throw Error("column '" + image_ + "' has no image", {},
                  "an image folder has SPLIT/CLASS/FILE and the column 'image'; in Parquet files "
                  "images are {\"bytes\", \"path\"}");
    }
    return encoded;
  }

  /// The image upright, of the size that the processor needs. Throws UnusableSample for a file that
  /// is missing, empty or damaged.
  preprocess::Image decoded_image(const dataset::Example& example) const {
    const Encoded encoded = encoded_image(example);
    preprocess::Image image;
    try {
      const auto file = encoded.bytes.empty() ? MappedFile::open(encoded.path) : nullptr;
      // A row's place names the file already.
      image = preprocess::decode_image(file ? file->bytes() : encoded.bytes, encoded.path);
    } catch (const Error& error) {
      throw UnusableSample(error.problem(), error.where(), error.hint());
    }
    require_size(processor_.output_size(image.width, image.height), encoded.path);
    return image;
  }

  void require_size(Size given, const std::string& where) const {
    if (given.height == size_.height && given.width == size_.width) return;
    throw Error("the model got images of " + in_words(given) + ", expected " + in_words(size_) +
                    " (image_size of config.json)",
                where);
  }

  const Task& task_;
  std::size_t classes_;
  std::string image_;
  std::string reference_;
  ClassLabels labels_;
  preprocess::ImageProcessor processor_;
  ImageInput input_;
  Size size_;
};

/// Each image has one class. Images are prepared as preprocessor_config.json says. With
/// max_eval_samples, the split is shuffled first with seed 42, as in the reference, because image
/// folders are sorted by class. The model takes images of one size; timing uses this size for every
/// input length.
class ImageClassification : public Task {
 public:
  std::unique_ptr<Processor> prepare(const TaskContext& context,
                                     const dataset::Split& split) const override {
    check_columns(*this, context, split);
    return std::make_unique<ImageClassificationProcessor>(*this, context, split);
  }

  std::vector<std::string> heads() const override { return {"ImageClassification"}; }
  std::string summary() const override { return "a class for each image"; }

  std::vector<std::string> required_data_keys() const override { return {"primary"}; }
  std::vector<std::string> optional_data_keys() const override { return {}; }
  std::vector<std::string> default_metrics() const override { return {"accuracy"}; }

  UsualColumns usual_columns() const override {
    return {
        .data = {{"image"}, {"img"}, {"pixel_values"}, {"picture"}, {"photo"}},
        .label = {"label", "labels", "fine_label", "coarse_label", "target", "class", "category"},
        .can_be_data = [](const Json& cell) { return cell.is_object() || cell.is_binary(); },
        .can_be_label = [](const Json& cell) { return !cell.is_structured(); }};
  }

  dataset::Subset subset(std::size_t samples) const override {
    constexpr std::uint32_t kSeed = 42;
    if (samples == 0) return {};
    return {samples, kSeed};
  }

  std::vector<runtime::NamedTensor> timing_inputs(const std::vector<runtime::InputInfo>& wanted,
                                                  std::int64_t batch_size, std::int64_t,
                                                  const Json& config) const override {
    if (batch_size < 1) throw Error("batch size must be at least 1", "batch_sizes");
    require_three_channels(config);
    const ImageInput input = image_input(wanted);
    const Size size = input.size.value_or(image_size(config));
    require_timing_size(batch_size,
                        kChannels * std::int64_t{size.height} * std::int64_t{size.width}, "values");
    return {pixel_values(input.name, batch_size, size, random_pixels(batch_size, size))};
  }

  std::string input_size(const std::vector<runtime::InputInfo>& wanted,
                         const Json& config) const override {
    return in_words(image_input(wanted).size.value_or(image_size(config)));
  }

  std::string timing_remark(const std::vector<runtime::InputInfo>& wanted,
                            std::int64_t input_length, const Json& config) const override {
    const Size size = image_input(wanted).size.value_or(image_size(config));
    if (size.height == input_length && size.width == input_length) return {};
    return "the model takes images of " + in_words(size) +
           " only: these were timed, not the input length " + std::to_string(input_length);
  }

 private:
  /// Uniform in [0, 1).
  static std::vector<float> random_pixels(std::int64_t batch, Size size) {
    // The engine gives the same numbers on every platform. The library's distributions do not.
    std::mt19937_64 engine(0);
    std::vector<float> values(static_cast<std::size_t>(batch * kChannels) *
                              static_cast<std::size_t>(size.height) *
                              static_cast<std::size_t>(size.width));
    for (float& value : values) value = static_cast<float>(engine() >> 40) * 0x1p-24F;
    return values;
  }
};

}  // namespace

void register_image_classification(TaskRegistry& registry) {
  registry.add("image-classification", std::make_unique<ImageClassification>());
}

}  // namespace quantbench::task
