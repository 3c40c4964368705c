// Writes what a split of a data set is read as, for the oracles: a line of columns and class names,
// then a line for each row; bytes are {"sha256": ...}. Or the order of a shuffle.
//
//   split_dump '{"path": DIR, "name": null, "split": "validation", "limit": 20, "seed": 42}'
//   split_dump '{"count": 100, "seed": 42}'
#include <iostream>

#include "quantbench/base/error.h"
#include "quantbench/base/hash.h"
#include "quantbench/dataset/dataset.h"
#include "quantbench/dataset/shuffle.h"

namespace {

using quantbench::Json;
namespace dataset = quantbench::dataset;

/// Bytes have no JSON form.
Json printable(const Json& value) {
  if (value.is_binary()) {
    const auto& bytes = value.get_binary();
    return {{"sha256", quantbench::sha256(std::string(bytes.begin(), bytes.end()))}};
  }
  if (!value.is_structured()) return value;
  Json out = value.is_array() ? Json::array() : Json::object();
  for (const auto& [key, item] : value.items()) {
    if (value.is_array()) {
      out.push_back(printable(item));
    } else {
      out[key] = printable(item);
    }
  }
  return out;
}

void run(const Json& request) {
  if (request.contains("count")) {
    std::cout << Json(dataset::shuffled_order(request["count"], request["seed"])).dump() << '\n';
    return;
  }
  dataset::Subset subset;
  subset.limit = request.value("limit", std::size_t{0});
  if (request.contains("seed") && request["seed"].is_number()) {
    subset.shuffle_seed = request["seed"].get<std::uint32_t>();
  }
  if (request.contains("columns")) subset.columns = request["columns"];
  dataset::Source source{request.at("path").get<std::string>(), std::nullopt};
  if (request.contains("name") && request["name"].is_string()) source.name = request["name"];
  const auto split = dataset::load_split(source, request.at("split").get<std::string>(), subset);
  std::cout << Json({{"columns", split.columns}, {"class_names", split.class_names}}).dump()
            << '\n';
  constexpr std::size_t kAtOnce = 100;
  for (std::size_t first = 0; first < split.size(); first += kAtOnce) {
    for (const Json& row : split.read(first, std::min(kAtOnce, split.size() - first))) {
      std::cout << printable(row).dump() << '\n';
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    run(quantbench::parse_json(argc > 1 ? argv[1] : "", "the request"));
  } catch (const quantbench::Error& error) {
    std::cerr << error.what() << '\n';
    return 2;
  }
}
