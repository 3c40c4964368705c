#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "quantbench/model/architecture.h"

namespace quantbench::model {

/// An image encoder with a classifier: logits [batch, labels].
class ImageNetwork : public Network {
 public:
  explicit ImageNetwork(const checkpoint::Checkpoint& checkpoint)
      : labels_(static_cast<std::int64_t>(checkpoint.labels().size())) {}

  std::vector<Output> outputs(Forward& forward) const final {
    return {{"logits", classify(forward, labels_), {"batch", labels_}}};
  }

 protected:
  virtual Value classify(Forward& forward, std::int64_t labels) const = 0;

 private:
  std::int64_t labels_;
};

/// A family of image classifiers.
class ImageArchitecture : public Architecture {
 public:
  std::vector<std::string> input_names(const checkpoint::Checkpoint&) const override {
    return {"pixel_values"};
  }
  std::vector<std::string> tasks() const override { return {"image-classification"}; }
};

}  // namespace quantbench::model
