#include "quantbench/dataset/data_files.h"

#include <regex>

#include "quantbench/base/error.h"
#include "quantbench/dataset/dataset.h"
#include "quantbench/dataset/image_folder.h"

namespace quantbench::dataset {

DataFile take_apart(const std::string& path) {
  static const std::regex kShard(R"((.+)[-_.]\d+-of-(\d{1,9})(-[0-9a-f]{8,64})?)");
  DataFile file{path, file_name(path), extension_of(path), 0};
  file.stem.resize(file.stem.size() - file.extension.size());
  std::smatch match;
  if (std::regex_match(file.stem, match, kShard)) {
    file.shards = static_cast<std::size_t>(std::stoul(match[2]));
    file.stem = std::string(match[1]);
  }
  return file;
}

bool is_description(const std::string& path) {
  const std::string name = file_name(path);
  return name == "dataset_info.json" || name == "dataset_infos.json" || name == "README.md" ||
         name == "dataset_dict.json" || name == "state.json" || name == "config.json";
}

std::vector<DataFile> data_files_in(const FileTree& tree, const std::string& directory) {
  std::vector<DataFile> files;
  for (const std::string& path : tree.files_in(directory)) {
    if (!is_description(path)) files.push_back(take_apart(path));
  }
  return files;
}

std::vector<std::string> parts_of_one(const FileTree& tree, const std::vector<DataFile>& files,
                                      const std::string& split, const std::string& where) {
  std::vector<DataFile> readable;
  for (const DataFile& file : files) {
    if (is_known_extension(file.extension)) readable.push_back(file);
  }
  if (readable.empty()) {
    if (const std::string directory = parent_of(files[0].path); has_loose_images(tree, directory)) {
      throw Error("images without a class", tree.place(directory),
                  "each class has a directory: " + split + "/CLASS/FILE");
    }
    refuse_extension(files[0].extension, tree.place(files[0].path));
  }
  const DataFile& first = readable[0];
  std::vector<std::string> paths;
  for (const DataFile& file : readable) {
    paths.push_back(file.path);
    const bool belongs = file.stem == first.stem && file.extension == first.extension &&
                         file.shards == first.shards &&
                         parent_of(file.path) == parent_of(first.path);
    if (!belongs || (first.shards == 0 && paths.size() > 1)) {
      throw Error("several files for the split '" + split + "'", where,
                  file_name(first.path) + " and " + file_name(file.path) +
                      " compete; name the file in dataset.path");
    }
  }
  if (first.shards != 0 && paths.size() != first.shards) {
    throw Error("the split '" + split + "' has " + std::to_string(paths.size()) + " of its " +
                    std::to_string(first.shards) + " parts",
                where);
  }
  return paths;
}

}  // namespace quantbench::dataset
