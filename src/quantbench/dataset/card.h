#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace quantbench::dataset {

/// A configuration that the card of a data set declares under `configs`.
struct CardConfiguration {
  std::string name;
  bool is_default = false;
  /// `data_files`: split -> patterns of paths, in the order of the card. Without a split's name the
  /// files are "train", as `datasets` has it.
  std::vector<std::pair<std::string, std::vector<std::string>>> data_files;
  /// Where the files lie when it names none: "" is the root.
  std::string data_dir;
};

/// `configs` of the front matter, in its order; empty if the card has no `configs`. `where` names
/// the card in messages. Throws Error for invalid YAML and for entries of another shape.
std::vector<CardConfiguration> card_configurations(std::string_view readme,
                                                   const std::string& where);

/// The one that `name` asks for; without a name the default one: marked so, called "default", or
/// the only one. Throws Error that lists them.
const CardConfiguration& choose_configuration(const std::vector<CardConfiguration>& declared,
                                              const std::optional<std::string>& name,
                                              const std::string& where);

}  // namespace quantbench::dataset
