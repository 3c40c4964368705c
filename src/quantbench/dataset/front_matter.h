#pragma once

#include <yaml-cpp/yaml.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace quantbench::dataset {

/// Most bytes of a card's front matter; the longest known have some hundred thousand.
inline constexpr std::size_t kMaxFrontMatter = std::size_t{4} << 20;

/// The YAML between the "---" lines that a README.md starts with, empty when there is none. Lines
/// count as in the file. Throws Error, naming `where`, for more than kMaxFrontMatter bytes.
std::string_view front_matter(std::string_view readme, const std::string& where);

/// The same, parsed. An alias may make a node a part of itself: whoever walks the nodes bounds the
/// depth. Throws YAML::Exception too.
YAML::Node load_front_matter(std::string_view readme, const std::string& where);

}  // namespace quantbench::dataset
