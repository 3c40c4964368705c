#pragma once

#include <string>

#include "quantbench/base/json.h"
#include "quantbench/base/parameter.h"
#include "quantbench/spec/declarations.h"
#include "quantbench/spec/document.h"

namespace quantbench::spec {

/// Keys of a spec are declared parameters; checking, defaults, benchmarking and the resolved spec
/// all follow from them.
using Key = Parameter;
using Schema = Parameters;

/// The keys of a spec, with what the plug-ins declare.
Schema spec_keys(const Declarations& declared = declarations());

/// Checks one value against its key and gives it in normal form (a scalar for a list of one integer
/// becomes that list, another spelling of a value that value). `subject` is what messages call it:
/// "key 'dataset.path'"; empty where the place says it all, as of a flag. Throws Error with the
/// value's place.
Json check_value(const Key& key, const Node& node, const std::string& subject);

/// Refuses unknown keys (with the nearest) and missing required ones. `path` is "" for the spec
/// itself.
void check_keys(const Schema& schema, const Node& map, const std::string& path);

/// `given` in the schema's order with the fallbacks of missing keys filled in, except those that
/// belong to a plug-in.
Json with_fallbacks(const Schema& schema, const Json& given);

/// "applies to method percentile only, the method is minmax": why a key that is given has no
/// meaning beside the other values of its map; "" when it has one. `chooser` is the key that names
/// the plug-in which owns the parameter.
std::string misplaced(const Key& key, const Schema& schema, const Json& given,
                      const std::string& chooser);

/// Whether a key says something: null and false say as much as a missing key.
bool says_something(const Json& object, const std::string& key);

}  // namespace quantbench::spec
