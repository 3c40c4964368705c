#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/checkpoint/pytorch.h"
#include "quantbench/checkpoint/pytorch_formats.h"
#include "quantbench/checkpoint/zip.h"

namespace quantbench::checkpoint {

namespace {

TensorMap read_tensors(const std::shared_ptr<const MappedFile>& file) {
  if (ZipArchive::matches(file->bytes())) return read_pytorch_zip(file);
  if (is_pytorch_legacy(file->bytes())) return read_pytorch_legacy(file);
  const std::string_view text(reinterpret_cast<const char*>(file->bytes().data()),
                              file->bytes().size());
  if (text.starts_with("version https://git-lfs"))
    throw Error("is a Git LFS pointer, not the weights themselves", {}, "run git lfs pull");
  throw Error("is neither a ZIP archive nor a legacy file of torch.save");
}

class PytorchFile final : public TensorSource {
 public:
  explicit PytorchFile(const std::shared_ptr<const MappedFile>& file)
      : path_(file->path()), tensors_(read_tensors(file)) {}

  const Tensor* find(std::string_view name) const override {
    const auto found = tensors_.find(name);
    return found == tensors_.end() ? nullptr : &found->second;
  }

  std::vector<std::string> names() const override {
    std::vector<std::string> out;
    for (const auto& entry : tensors_) out.push_back(entry.first);
    return out;
  }

  std::vector<std::filesystem::path> files() const override { return {path_}; }

 private:
  std::filesystem::path path_;
  TensorMap tensors_;
};

}  // namespace

std::unique_ptr<TensorSource> open_pytorch(const std::filesystem::path& path) {
  const auto file = MappedFile::open(path);
  return with_context(path.string(), [&] { return std::make_unique<PytorchFile>(file); });
}

}  // namespace quantbench::checkpoint
