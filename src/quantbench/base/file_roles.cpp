#include "quantbench/base/file_roles.h"

#include <optional>
#include <system_error>

#include "quantbench/base/error.h"
#include "quantbench/base/mapped_ranges.h"
#include "quantbench/base/output_target.h"

namespace quantbench {

namespace fs = std::filesystem;

namespace {

std::optional<struct stat> status_of(const fs::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  return status;
}

bool same_file(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

bool is_below(const fs::path& path, const fs::path& directory) {
  const fs::path relative = path.lexically_relative(directory);
  return !relative.empty() && *relative.begin() != ".." && *relative.begin() != ".";
}

bool is_onnx_file(const fs::path& path) {
  const std::string name = path.filename().string();
  return name.ends_with(".onnx") || name.ends_with(".onnx.data");
}

/// An entry of the directory may link to the output (a cache of downloads is full of links).
bool has_entry(const fs::path& directory, const struct stat& file) {
  std::error_code failure;
  for (fs::directory_iterator entry(directory, failure), end; !failure && entry != end;
       entry.increment(failure)) {
    const auto status = status_of(entry->path());
    if (status && same_file(*status, file)) return true;
  }
  return false;
}

/// Whether the existing file is one of the directory that is an input.
bool is_file_of(const fs::path& file, const struct stat& status, const fs::path& directory,
                FileRoles::Depth depth) {
  if (is_onnx_file(file)) return false;
  std::error_code failure;
  const fs::path real_file = fs::canonical(file, failure);
  const fs::path real_directory = fs::canonical(directory, failure);
  if (depth == FileRoles::Depth::kAllBelow && is_below(real_file, real_directory)) return true;
  return has_entry(directory, status);
}

/// A directory is made for an output, but not a path of them: that is a word spelled wrong.
void require_place_for(const fs::path& file, const fs::path& output) {
  std::error_code failure;
  const fs::path directory = fs::absolute(file, failure).lexically_normal().parent_path();
  if (failure || fs::exists(directory, failure) || failure) return;
  const fs::path parent = directory.parent_path();
  if (fs::exists(parent, failure) || failure) return;
  throw Error("the directory cannot be made: there is no directory '" + parent.string() + "'",
              output.string(), "make that one first, or name another place");
}

}  // namespace

void FileRoles::reads(const fs::path& input, const std::string& name, Depth depth) {
  if (!input.empty()) inputs_.push_back({input, name, depth});
}

void FileRoles::writes(const fs::path& output, const std::string& name) {
  if (output.empty()) return;
  fs::path file = output_file(output);
  if (file.empty()) return;  // a descriptor of this process
  require_place_for(file, output);
  const auto status = status_of(file);
  if (status && S_ISCHR(status->st_mode)) return;  // /dev/null may take several
  std::error_code failure;
  // A path that does not exist stays relative otherwise.
  fs::path canonical = fs::weakly_canonical(fs::absolute(file, failure), failure);
  if (!failure) file = std::move(canonical);

  for (const Input& input : inputs_) {
    const auto read = status ? status_of(input.path) : std::nullopt;
    if (!read) continue;
    if (same_file(*read, *status) && !S_ISDIR(read->st_mode)) {
      throw Error(name + " would overwrite the input " + input.name, output.string(),
                  "name another file");
    }
    if (S_ISDIR(read->st_mode) && is_file_of(file, *status, input.path, input.depth)) {
      throw Error(name + " would overwrite a file of the input " + input.name, output.string(),
                  "name another file");
    }
  }
  for (const Output& other : outputs_) {
    const auto written = status ? status_of(other.file) : std::nullopt;
    if (other.file == file || (written && same_file(*written, *status))) {
      throw Error(name + " and " + other.name + " name the same file", output.string(),
                  "name two files");
    }
  }
  outputs_.push_back({output, file, name});
}

void FileRoles::refuse_mapped_outputs() const {
  for (const Output& output : outputs_) {
    const auto status = status_of(output.file);
    if (!status || !is_mapped(*status)) continue;
    throw Error(output.name + " would overwrite an input", output.named.string(),
                "name another file");
  }
}

}  // namespace quantbench
