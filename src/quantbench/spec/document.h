#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "quantbench/base/json.h"

namespace quantbench::spec {

struct Entry;

/// A YAML value with its place, for later error messages.
struct Node {
  enum class Kind { kScalar, kList, kMap };

  Kind kind = Kind::kScalar;
  /// kScalar: null, boolean, integer, number or string, as in the YAML 1.2 core schema. `None` is
  /// null too, because the cards write it.
  Json scalar;
  std::vector<Node> items;     ///< kList
  std::vector<Entry> entries;  ///< kMap, in the author's order, keys distinct
  std::string where;           ///< "spec.yaml:12" or "--set per_channel=yes"

  bool is_scalar() const { return kind == Kind::kScalar; }
  bool is_list() const { return kind == Kind::kList; }
  bool is_map() const { return kind == Kind::kMap; }
  bool is_null() const { return is_scalar() && scalar.is_null(); }

  /// nullptr if the key is missing.
  const Entry* find(std::string_view key) const;
  Entry* find(std::string_view key);
  Json to_json() const;
  /// For messages: the scalar in YAML form, "a list", or "a map".
  std::string describe() const;
};

struct Entry {
  std::string key;
  std::string where;  ///< of the key
  Node value;
};

/// Parses one YAML document whose root is a map. Follows anchors, aliases and merge keys (`<<`).
/// Throws Error "name:line: ..." for invalid YAML, invalid UTF-8, a repeated key, or a document
/// beyond the limits: 256 KiB of text, 10000 values after following aliases, 32 levels.
Node parse_document(std::string_view yaml, const std::string& name);

/// Applies one `--set key.sub=value` (value in YAML): replaces or adds the value. Throws Error
/// naming the override.
void apply_override(Node& root, const std::string& text);

}  // namespace quantbench::spec
