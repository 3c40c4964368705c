// Writes the rows of an image folder that a subset takes, one [path, label] a line, or the order of
// a shuffle. For the oracles.
//
//   split_dump '{"path": DIR, "split": "validation", "limit": 20, "seed": 42}'
//   split_dump '{"count": 100, "seed": 42}'
#include <iostream>

#include "quantbench/base/error.h"
#include "quantbench/dataset/dataset.h"
#include "quantbench/dataset/shuffle.h"

int main(int argc, char** argv) {
  using quantbench::Json;
  namespace dataset = quantbench::dataset;
  try {
    const Json request = quantbench::parse_json(argc > 1 ? argv[1] : "", "the request");
    if (request.contains("count")) {
      std::cout << Json(dataset::shuffled_order(request["count"], request["seed"])).dump() << '\n';
      return 0;
    }
    dataset::Subset subset;
    subset.limit = request.at("limit");
    if (request.at("seed").is_number()) subset.shuffle_seed = request["seed"].get<std::uint32_t>();
    const dataset::Source source{request.at("path").get<std::string>(), std::nullopt};
    for (const Json& row :
         dataset::load_split(source, request.at("split").get<std::string>(), subset).rows) {
      std::cout << Json::array({row["image"]["path"], row["label"]}).dump() << '\n';
    }
  } catch (const quantbench::Error& error) {
    std::cerr << error.what() << '\n';
    return 2;
  }
}
