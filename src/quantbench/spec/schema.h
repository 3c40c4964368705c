#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "quantbench/base/json.h"
#include "quantbench/spec/document.h"
#include "quantbench/spec/spec.h"

namespace quantbench::spec {

struct Key;
using Schema = std::vector<Key>;

/// Describes one key of the spec; the tables in keys.cpp are made of these, and checking, defaults,
/// benchmarking and the resolved spec all follow from them.
struct Key {
  enum class Type {
    kBool,
    kInteger,
    kNumber,
    kString,
    kStrings,   ///< list of strings
    kIntegers,  ///< list of integers
    kMap,       ///< free keys, scalar values
    kObject     ///< keys of `keys`
  };
  enum class Use {
    kSetting,        ///< says how to run; no card lists it
    kFixed,          ///< a parameter: the card lists it when it is given
    kBenchmarkable,  ///< a parameter that may be a list of values
    kQuantization    ///< as kBenchmarkable, and without meaning for an unquantized model
  };

  std::string name;
  Type type = Type::kString;
  Use use = Use::kSetting;
  /// Discarded (Json::value_t::discarded): the key may be missing without a value in its place.
  Json fallback = Json(Json::value_t::discarded);
  /// As `fallback`, under `protocol: reference`.
  Json reference_fallback = Json(Json::value_t::discarded);
  bool required = false;
  bool nullable = false;
  double minimum = 0;  ///< numbers: smallest and largest allowed
  double maximum = 1e15;
  bool above_minimum = false;  ///< the minimum itself is not allowed
  /// Strings: the values allowed; empty: any that is not empty.
  std::vector<std::string> allowed = {};
  /// Strings: the list of KnownNames that has them.
  std::vector<std::string> KnownNames::*known = nullptr;
  const Schema* keys = nullptr;
  /// Of task_args: the task that the key is of.
  std::string task = {};

  bool benchmarkable() const { return use == Use::kBenchmarkable || use == Use::kQuantization; }
  bool parameter() const { return use != Use::kSetting; }
};

/// The keys of a spec, and of its nested maps.
const Schema& spec_keys();
const Schema& task_args_keys();
const Schema& dataset_keys();
const Schema& framework_args_keys();
const Schema& calibration_keys();

const Key* find_key(const Schema& schema, std::string_view name);

/// A fallback is given.
inline bool has_fallback(const Key& key) { return !key.fallback.is_discarded(); }

/// Checks one value against its key and gives it in normal form (a scalar for a list of one integer
/// becomes that list). `path` is the key in full: "dataset.path". Throws Error with the value's
/// place.
Json check_value(const Key& key, const Node& node, const std::string& path,
                 const KnownNames& known);

/// Refuses unknown keys (with the nearest) and missing required ones. `path` is "" for the spec
/// itself.
void check_keys(const Schema& schema, const Node& map, const std::string& path);

/// `given` in the schema's order with the fallbacks of missing keys filled in.
Json with_fallbacks(const Schema& schema, const Json& given);

}  // namespace quantbench::spec
