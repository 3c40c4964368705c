#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "quantbench/aws/options.h"

namespace quantbench::aws {

/// Settings of a profile, names in lower case: "role_arn", "region".
struct Profile {
  std::string name;
  std::map<std::string, std::string> settings;

  /// "" when it is not set.
  const std::string& get(const std::string& setting) const;
};

/// The profiles of ~/.aws/credentials and ~/.aws/config (or AWS_SHARED_CREDENTIALS_FILE and
/// AWS_CONFIG_FILE). Where both have a setting, the credentials file counts, as in AWS's own tools.
class Profiles {
 public:
  /// A missing file has no profiles. Throws Error with file and line for a line that is neither a
  /// section nor a setting; no message repeats the line, which may be a secret.
  static Profiles read(const Options& options);

  /// nullptr: there is no such profile.
  const Profile* find(const std::string& name) const;
  /// Throws Error with the nearest name.
  const Profile& get(const std::string& name) const;
  std::vector<std::string> names() const;
  /// Options::profile, AWS_PROFILE or "default".
  static std::string chosen_name(const Options& options);

 private:
  void add_file(const std::filesystem::path& file, bool is_config);

  std::map<std::string, Profile> profiles_;
  std::string files_;  ///< for messages
};

}  // namespace quantbench::aws
