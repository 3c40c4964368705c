#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "quantbench/base/json.h"

namespace quantbench {

struct Parameter;
using Parameters = std::vector<Parameter>;

/// A parameter makes sense only where another one of the same map has one of these values.
struct Condition {
  std::string key;
  std::vector<Json> values;
};

/// One parameter of the program or of a plug-in, declared once. The keys of the spec, their checks
/// and defaults, the flags of the command line, `--help`, shell completion, docs/spec.md and
/// docs/spec.schema.json are all made from declarations like this one.
struct Parameter {
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

  /// The key in a spec, letter for letter as in the cards.
  std::string name;
  Type type = Type::kString;
  Use use = Use::kSetting;
  /// The default. Discarded (Json::value_t::discarded): the parameter may be missing without a
  /// value in its place.
  Json fallback = Json(Json::value_t::discarded);
  /// The default under `protocol: reference`, where it differs.
  Json reference_fallback = Json(Json::value_t::discarded);
  bool required = false;
  bool nullable = false;
  bool null_unlisted = false;  ///< nullable, but messages do not offer null
  double minimum = 0;          ///< numbers: smallest and largest allowed
  double maximum = 1e15;
  bool above_minimum = false;  ///< the minimum itself is not allowed
  /// Strings: the values allowed; empty: any that is not empty. Numbers: as text.
  std::vector<std::string> allowed = {};
  /// Other spellings of allowed values -> the value.
  std::map<std::string, std::string> spellings = {};
  /// Strings, keys of a kMap: names that something brings (operator kinds, metrics). Another one is
  /// refused, unless `passes` takes it; empty: every name. kIntegers: words in place of a number.
  std::vector<std::string> known = {};
  bool (*passes)(const std::string& text) = nullptr;
  /// kString: a number is taken too, as its text.
  bool takes_numbers = false;
  /// kMap: its values are integers.
  bool integers = false;
  /// kObject: its keys.
  Parameters keys = {};
  /// One sentence or noun phrase for people, without the default.
  std::string help = {};
  /// "s", "ms", "dB", "tokens", "%".
  std::string unit = {};
  /// What the default is, where a value does not say it: "the task's".
  std::string fallback_help = {};
  /// Other names of the parameter, in a spec and as flags.
  std::vector<std::string> aliases = {};
  /// Name of the flag; empty: the name of the key. It is also an alias in a spec.
  std::string flag = {};
  /// kBool: name of the flag that means false; empty: "no_" and the flag's.
  std::string opposite = {};
  /// Flags without a value that stand for one: {"qoperator", "QOperator"}.
  std::map<std::string, std::string> shorthands = {};
  /// Names of the plug-ins that have it; empty: it belongs to no plug-in.
  std::vector<std::string> owners = {};
  /// All must hold.
  std::vector<Condition> when = {};
  /// A value -> what it sets of the other parameters: calibration_padding "masked" sets
  /// mask_padding.
  std::map<std::string, Json> implies = {};
  /// A value -> the values of other parameters wherever these are not given: a preset. The value of
  /// a kObject is a map of its keys. Whoever gives such a parameter gets it replaced by these.
  std::map<std::string, Json> fills = {};
  /// Left out of the resolved spec unless it is given.
  bool quiet = false;

  bool benchmarkable() const { return use == Use::kBenchmarkable || use == Use::kQuantization; }
  bool parameter() const { return use != Use::kSetting; }
  /// The flag without dashes, in the spelling of the key.
  const std::string& flag_name() const { return flag.empty() ? name : flag; }
  bool has_fallback() const { return !fallback.is_discarded(); }
  /// Whether `key` is its name, its flag or one of its aliases.
  bool is_called(std::string_view key) const;
};

/// The parameter with that name or alias; nullptr if no parameter has it.
const Parameter* find_parameter(const Parameters& parameters, std::string_view name);

std::vector<std::string> names_of(const Parameters& parameters);

/// What a value must be: "an integer from 11 to 17", "one of minmax, percentile".
std::string expectation(const Parameter& parameter);

/// Whether a number lies between minimum and maximum.
bool in_range(const Parameter& parameter, double value);

/// Adds the parameters of a plug-in to the parameters of others of its kind. One that several
/// declare is kept once, with every value that one of them allows. Throws Error when they declare
/// different types.
void add_declared(Parameters& all, const Parameters& declared, const std::string& owner);

/// What the presets among `given` say of parameters that `given` does not have, by name. In a
/// kObject that `given` has, what it says of keys that are not given there. null: no value.
Json fills_of(const Parameters& parameters, const Json& given);

/// `given` with what its presets fill in, the defaults of what is missing, and what its values
/// imply.
Json effective_values(const Parameters& parameters, const Json& given);

/// Why `parameter` has no meaning beside these values; nullptr: it has one.
const Condition* failed_condition(const Parameter& parameter, const Json& effective);

}  // namespace quantbench
