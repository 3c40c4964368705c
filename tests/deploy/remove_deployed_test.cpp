#include <gtest/gtest.h>

#include "quantbench/base/file.h"
#include "quantbench/deploy/deploy.h"

namespace quantbench::deploy {
namespace {

class RemoveDeployed : public testing::Test {
 protected:
  RemoveDeployed() {
    for (const char* file : {"config.json", "onnx/model_quantized.onnx"})
      write_text(model_ / file, "x");
    write_text(directory_.path() / "mine.txt", "x");
    write_text(model_ / "SHA256SUMS",
               "00  config.json\n00  onnx/model_quantized.onnx\n00  ../mine.txt\n");
  }

  TemporaryDirectory directory_;
  std::filesystem::path model_ = directory_.path() / "model";
};

TEST_F(RemoveDeployed, takes_away_what_the_sums_name_and_empty_directories) {
  remove_deployed(model_);
  EXPECT_FALSE(std::filesystem::exists(model_));
  EXPECT_TRUE(std::filesystem::exists(directory_.path() / "mine.txt")) << "it lies elsewhere";
}

TEST_F(RemoveDeployed, leaves_other_files) {
  write_text(model_ / "notes.txt", "x");
  remove_deployed(model_);
  EXPECT_TRUE(std::filesystem::exists(model_ / "notes.txt"));
  EXPECT_FALSE(std::filesystem::exists(model_ / "config.json"));
}

TEST_F(RemoveDeployed, leaves_all_without_sums) {
  std::filesystem::remove(model_ / "SHA256SUMS");
  remove_deployed(model_);
  EXPECT_TRUE(std::filesystem::exists(model_ / "config.json"));
}

}  // namespace
}  // namespace quantbench::deploy
