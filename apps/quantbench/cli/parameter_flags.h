#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "quantbench/base/json.h"
#include "quantbench/base/parameter.h"

namespace quantbench::cli {

/// The flags of declared parameters: names, help and checks follow from the declarations.
class ParameterFlags {
 public:
  explicit ParameterFlags(Parameters parameters) : parameters_(std::move(parameters)) {}

  /// `group_of` gives the heading of the help under which a parameter stands; empty: the usual one.
  /// The flags must outlive the command.
  void add_to(CLI::App& command, const std::function<std::string(const Parameter&)>& group_of);

  /// What was given, by name of the parameter. Throws Error naming the flag: a value of the wrong
  /// type, out of range, not allowed, or a name that nothing brings (with the nearest).
  Json values() const;

  /// Refuses flags that are given without a meaning. `chooser` is the flag that names a plug-in
  /// ("--method"), `chosen` that name. Throws Error "--percentile applies to --method percentile,
  /// the method is minmax" or "--per-channel-axis applies only with --per-channel".
  /// `filled`: the values of a preset, which hold beside the given ones.
  void check(const std::string& chooser, const std::string& chosen,
             const Json& filled = Json::object()) const;

  const Parameters& parameters() const { return parameters_; }

 private:
  struct Given {
    std::vector<std::string> texts;
    bool flag = false;
  };

  Parameters parameters_;
  std::map<std::string, Given> given_;  ///< only what was given
};

/// "--per-channel": how messages and help call a flag.
std::string flag_of(const Parameter& parameter);
/// "help, in unit (default: value)".
std::string flag_help(const Parameter& parameter);

/// A value as a flag has it: "MatMul,Gemm", "true", "int8".
std::string value_text(const Json& value);

/// The value of a parameter from its text. Throws Error with the place `where`.
Json value_of(const Parameter& parameter, const std::vector<std::string>& texts,
              const std::string& where);

/// The two sides of KEY=VALUE, neither empty. Throws Error: "'text' is not SHAPE", the option, an
/// example.
std::pair<std::string, std::string> split_pair(const std::string& text, const char* shape,
                                               const std::string& option, const char* example);

}  // namespace quantbench::cli
