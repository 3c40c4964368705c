#include "quantbench/dataset/layout_by_card.h"

#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "quantbench/base/error.h"
#include "quantbench/base/text.h"
#include "quantbench/dataset/data_files.h"
#include "quantbench/dataset/dataset.h"
#include "quantbench/dataset/image_metadata.h"
#include "quantbench/dataset/layout_by_names.h"
#include "quantbench/dataset/path_pattern.h"
#include "quantbench/dataset/split_names.h"

namespace quantbench::dataset {

namespace {

/// The split as the card's `configs` declares it.
class Declared {
 public:
  Declared(const FileTree& tree, const CardConfiguration& configuration, const std::string& split)
      : tree_(tree), configuration_(configuration), split_(split) {}

  Layout find() const {
    if (configuration_.data_files.empty()) {
      Layout found = layout_by_names(tree_, configuration_.data_dir, std::nullopt, split_);
      found.configuration = configuration_.name;
      return found;
    }
    Layout found;
    found.configuration = configuration_.name;
    std::set<std::string> seen;
    for (const std::string& pattern : patterns()) {
      for (std::string& file : matching(pattern)) {
        if (seen.insert(file).second) found.files.push_back(std::move(file));
      }
    }
    for (const std::string& file : found.files) {
      if (!is_image_metadata(file)) continue;
      for (std::string& image : images_below(tree_, parent_of(file))) {
        found.images.push_back(std::move(image));
      }
    }
    return found;
  }

 private:
  std::string where() const { return tree_.where() + ": configuration " + configuration_.name; }

  const std::vector<std::string>& patterns() const {
    std::vector<std::string> known;
    const std::vector<std::string>* alias = nullptr;
    for (const auto& [split, patterns] : configuration_.data_files) {
      if (split == split_) return patterns;
      if (canonical_split(split) == canonical_split(split_)) alias = &patterns;
      known.push_back(split);
    }
    if (alias != nullptr) return *alias;
    throw NoSuchSplit("no split '" + split_ + "'", where(),
                      "splits there: " + join_some(known, ", "));
  }

  std::vector<std::string> matching(const std::string& pattern) const {
    std::string whole = joined(configuration_.data_dir, pattern);
    if (tree_.has_directory(whole)) whole += "/**";
    std::vector<std::string> found;
    std::string unread;
    for (const std::string& file : tree_.files()) {
      if (is_description(file) || !path_matches(whole, file)) continue;
      if (is_known_extension(extension_of(file))) {
        found.push_back(file);
      } else {
        unread = file;
      }
    }
    if (!found.empty()) return found;
    if (unread.empty()) {
      throw Error(
          "no file matches '" + pattern + "', which the card names for the split '" + split_ + "'",
          where());
    }
    refuse_extension(extension_of(unread), tree_.place(unread));
  }

  const FileTree& tree_;
  const CardConfiguration& configuration_;
  const std::string& split_;
};

}  // namespace

Layout layout_by_card(const FileTree& tree, const CardConfiguration& configuration,
                      const std::string& split) {
  return Declared(tree, configuration, split).find();
}

}  // namespace quantbench::dataset
