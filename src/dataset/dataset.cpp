#include "quantbench/dataset/dataset.h"

#include <algorithm>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/base/hash.h"
#include "quantbench/base/text.h"
#include "quantbench/dataset/class_names.h"
#include "quantbench/dataset/layout.h"

namespace quantbench::dataset {

namespace {

const Format& format_of(const std::filesystem::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (const std::string& name : formats().names()) {
    const Format& format = formats().get(name);
    const auto known = format.extensions();
    if (std::find(known.begin(), known.end(), extension) != known.end()) return format;
  }
  throw Error("no known data set format has the extension '" + extension + "'", path.string());
}

/// Files of one split must have the same columns, in whatever order.
void require_same_columns(const std::vector<std::string>& expected,
                          const std::vector<std::string>& found,
                          const std::filesystem::path& path) {
  if (std::is_permutation(expected.begin(), expected.end(), found.begin(), found.end())) return;
  throw Error("columns " + join(found, ", "), path.string(),
              "the split's first file has " + join(expected, ", "));
}

}  // namespace

std::string Split::place(std::size_t row) const {
  if (row >= origins.size()) return "row " + std::to_string(row + 1);
  const Origin& origin = origins[row];
  const std::string file = files.at(origin.file).string();
  if (origin.line != 0) return file + ":" + std::to_string(origin.line);
  return file + ": row " + std::to_string(origin.row + 1);
}

Split load_split(const Source& source, const std::string& split, std::size_t limit) {
  const Layout layout = find_split(source, split);
  Split loaded;
  for (const auto& path : layout.files) {
    const auto table = format_of(path).open(path);
    if (loaded.files.empty()) {
      loaded.columns = table->columns();
    } else {
      require_same_columns(loaded.columns, table->columns(), path);
    }
    loaded.files.push_back(path);
    for (std::size_t row = 0; limit == 0 || loaded.rows.size() < limit; ++row) {
      auto example = table->next();
      if (!example) break;
      loaded.rows.push_back(*std::move(example));
      loaded.origins.push_back({loaded.files.size() - 1, table->line(), row});
    }
    if (limit != 0 && loaded.rows.size() == limit) break;
  }
  if (loaded.rows.empty()) {
    throw Error("the split '" + split + "' is empty", layout.files.front().string());
  }
  loaded.class_names = read_class_names(layout.descriptions, source.name);
  return loaded;
}

std::string content_hash(const Source& source, const std::string& split) {
  const Layout layout = find_split(source, split);
  Sha256 hash;
  for (const auto& path : layout.files) {
    hash.update(path.extension().string() + " " + sha256_file(path) + "\n");
  }
  for (const auto& [column, names] : read_class_names(layout.descriptions, source.name)) {
    hash.update(Json({{column, names}}).dump(-1, ' ', false, Json::error_handler_t::replace) +
                "\n");
  }
  return hash.finish();
}

}  // namespace quantbench::dataset
