#pragma once

#include <gmock/gmock.h>

#include <mutex>
#include <string>
#include <vector>

#include "quantbench/base/file.h"
#include "quantbench/hub/hub.h"
#include "support/loopback_hub.h"
#include "support/message_of.h"

namespace quantbench::test {

/// A loopback Hub with the model "acme/tiny" and an empty cache. Waits between tries are noted
/// instead of waited.
class HubTest : public ::testing::Test {
 protected:
  HubTest() {
    LoopbackHub::Commit& model = server.add("models", "acme/tiny");
    model.files = {{"config.json", R"({"model_type": "bert"})"},
                   {"model.safetensors", weights},
                   {"tokenizer.json", "{}"},
                   {"README.md", "A tiny model."},
                   {"onnx/model.onnx", "not needed"}};
    model.large = {"model.safetensors"};
    commit = model.hash;
  }

  hub::Options options() {
    hub::Options options;
    options.settings.endpoint = server.url();
    options.settings.cache = cache();
    // However slow the machine: what is to time out sets its own.
    options.settings.metadata_timeout = std::chrono::minutes(10);
    options.settings.download_timeout = std::chrono::minutes(10);
    options.sleep = [this](std::chrono::milliseconds wait) {
      const std::scoped_lock lock(waits_mutex);
      waits.push_back(wait);
    };
    options.on_warning = [this](const std::string& text) { warnings.push_back(text); };
    return options;
  }

  std::filesystem::path cache() const { return scratch.path() / "hub"; }
  std::filesystem::path repository() const { return cache() / "models--acme--tiny"; }
  std::string weights_tag() const { return LoopbackHub::etag(weights, true); }
  std::filesystem::path partial() const {
    return repository() / "blobs" / (weights_tag() + ".incomplete");
  }

  hub::Snapshot fetch(const hub::Options& with, const std::string& name = "acme/tiny",
                      const std::string& revision = "main") {
    hub::Hub hub(with);
    return hub::fetch_model(hub, name, revision);
  }
  hub::Snapshot fetch() { return fetch(options()); }

  /// What the program would say of a failed fetch.
  std::string message(const hub::Options& with, const std::string& name = "acme/tiny",
                      const std::string& revision = "main") {
    return message_of([&] { fetch(with, name, revision); });
  }

  std::string fetched_weights() { return read_text(fetch().directory / "model.safetensors"); }

  const std::string weights = [] {
    std::string bytes;
    for (int i = 0; i < 100000; ++i) bytes += static_cast<char>(i * 7 + i / 256);
    return bytes;
  }();
  std::string commit;
  TemporaryDirectory scratch;
  LoopbackHub server;
  std::mutex waits_mutex;
  std::vector<std::chrono::milliseconds> waits;
  std::vector<std::string> warnings;
};

}  // namespace quantbench::test
