#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/checkpoint/pytorch.h"
#include "quantbench/checkpoint/pytorch_formats.h"
#include "quantbench/checkpoint/tensor_file.h"
#include "quantbench/checkpoint/zip.h"

namespace quantbench::checkpoint {

namespace {

TensorMap read_pytorch_tensors(const std::shared_ptr<const MappedFile>& file) {
  if (ZipArchive::matches(file->bytes())) return read_pytorch_zip(file);
  if (is_pytorch_legacy(file->bytes())) return read_pytorch_legacy(file);
  const std::string_view text(reinterpret_cast<const char*>(file->bytes().data()),
                              file->bytes().size());
  if (text.starts_with("version https://git-lfs"))
    throw Error("is a Git LFS pointer instead of the weights", {}, "run git lfs pull");
  throw Error("is neither a ZIP archive nor a legacy file of torch.save");
}

}  // namespace

std::unique_ptr<TensorSource> open_pytorch(const std::filesystem::path& path) {
  const auto file = MappedFile::open(path);
  return with_context(path.string(), [&] {
    return std::make_unique<TensorFile>(path, read_pytorch_tensors(file));
  });
}

}  // namespace quantbench::checkpoint
