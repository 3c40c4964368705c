#include "quantbench/hub/weight_index.h"

#include <string_view>

#include "quantbench/base/error.h"
#include "quantbench/base/json.h"

namespace quantbench::hub {

namespace {

bool is_plain_name(std::string_view file) {
  return !file.empty() && file != "." && file != ".." &&
         file.find_first_of(std::string_view("/\\\0", 3)) == std::string_view::npos;
}

}  // namespace

std::map<std::string, std::string, std::less<>> read_weight_index(
    const std::filesystem::path& path) {
  const Json index = read_json(path);
  const auto weight_map = index.is_object() ? index.find("weight_map") : index.end();
  if (weight_map == index.end() || !weight_map->is_object() || weight_map->empty()) {
    throw Error("the object 'weight_map' is missing, which names the file of each tensor",
                path.string());
  }
  std::map<std::string, std::string, std::less<>> files;
  for (auto entry = weight_map->begin(); entry != weight_map->end(); ++entry) {
    const std::string where = path.string() + ": tensor '" + entry.key() + "'";
    if (!entry->is_string()) throw Error("its file must be a string", where);
    const auto& file = entry->get_ref<const std::string&>();
    if (!is_plain_name(file)) {
      throw Error("'" + file + "' is not the plain name of a file beside the index", where);
    }
    files.emplace(entry.key(), file);
  }
  return files;
}

}  // namespace quantbench::hub
