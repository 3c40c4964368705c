#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "quantbench/base/json.h"

namespace quantbench::spec {

struct Entry;

/// A YAML value that knows where it stands, so that whoever finds it wrong later can say so.
struct Node {
  enum class Kind { kScalar, kList, kMap };

  Kind kind = Kind::kScalar;
  /// kScalar: null, boolean, integer, number or string, as the YAML 1.2 core schema has them.
  /// `None` is null too, since the cards write it so.
  Json scalar;
  std::vector<Node> items;     ///< kList
  std::vector<Entry> entries;  ///< kMap, in the author's order, keys distinct
  std::string where;           ///< "spec.yaml:12" or "--set per_channel=yes"

  bool is_scalar() const { return kind == Kind::kScalar; }
  bool is_list() const { return kind == Kind::kList; }
  bool is_map() const { return kind == Kind::kMap; }
  bool is_null() const { return is_scalar() && scalar.is_null(); }

  /// nullptr when there is no such key.
  const Entry* find(std::string_view key) const;
  Entry* find(std::string_view key);
  Json to_json() const;
  /// For messages: the scalar as YAML would write it, "a list", "a map".
  std::string describe() const;
};

struct Entry {
  std::string key;
  std::string where;  ///< of the key
  Node value;
};

/// Parses one YAML document whose root is a map. Anchors, aliases and merge keys (`<<`) are
/// followed. Throws Error "name:line: ..." for what is not YAML, not UTF-8, has a key twice, or is
/// larger than any spec: 256 KiB of text, 10000 values once aliases are followed, 32 levels.
Node parse_document(std::string_view yaml, const std::string& name);

/// Applies one `--set key.sub=value` (value in YAML): replaces the value at that place, or adds it.
/// Throws Error naming the override.
void apply_override(Node& root, const std::string& text);

}  // namespace quantbench::spec
