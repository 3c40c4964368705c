#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <vector>

namespace quantbench {

/// The files that a command reads and writes, to refuse an output that is an input or another
/// output. Files are the same by device and inode, or, where they do not exist yet, by their path
/// with links followed.
///
///     FileRoles roles;
///     roles.reads("ck", "MODEL");
///     roles.writes("ck/config.json", "--output");  // Error: --output would overwrite a file of
///     MODEL
class FileRoles {
 public:
  /// Which files of a directory are inputs.
  enum class Depth {
    kItsFiles,  ///< those directly in it
    kAllBelow,
  };

  /// An input, file or directory, and what a message calls it. One that does not exist is reported
  /// by who reads it. ONNX files in a directory do not count: exports lie beside the checkpoint
  /// that they are made of.
  void reads(const std::filesystem::path& input, const std::string& name,
             Depth depth = Depth::kItsFiles);

  /// An output, once all inputs are known. Throws Error if it is an input or another output, or if
  /// more than its own directory is missing.
  void writes(const std::filesystem::path& output, const std::string& name);

  /// Throws Error when an output is a file that is mapped by now (MappedFile): the external data of
  /// a model, say, whose names are known once it is read.
  void refuse_mapped_outputs() const;

 private:
  struct Input {
    std::filesystem::path path;
    std::string name;
    Depth depth;
  };
  struct Output {
    std::filesystem::path named;
    std::filesystem::path file;
    std::string name;
  };

  std::vector<Input> inputs_;
  std::vector<Output> outputs_;
};

}  // namespace quantbench
