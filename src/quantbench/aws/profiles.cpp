#include "quantbench/aws/profiles.h"

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/base/text.h"

namespace quantbench::aws {

namespace {

namespace fs = std::filesystem;

/// AWS_CONFIG_FILE, say, or ~/.aws/NAME.
fs::path file_of(const Options& options, const char* variable, const char* name) {
  const std::string home = options.text_of("HOME");
  std::string given = options.text_of(variable);
  if (given == "~" || given.starts_with("~/")) given.replace(0, 1, home);
  if (!given.empty()) return given;
  if (home.empty()) return {};
  return fs::path(home) / ".aws" / name;
}

/// The profile that a section's head names; "" for a section of another kind (sso-session).
std::string profile_of(std::string_view head, bool is_config) {
  if (!is_config || head == "default") return std::string(head);
  constexpr std::string_view kProfile = "profile";
  if (!head.starts_with(kProfile) || head.size() == kProfile.size()) return {};
  const char behind = head[kProfile.size()];
  if (behind != ' ' && behind != '\t') return {};
  std::string_view name = trim(head.substr(kProfile.size()));
  if (name.size() >= 2 && name.front() == name.back() && (name[0] == '"' || name[0] == '\'')) {
    name = name.substr(1, name.size() - 2);
  }
  return std::string(name);
}

}  // namespace

const std::string& Profile::get(const std::string& setting) const {
  static const std::string none;
  const auto found = settings.find(setting);
  return found == settings.end() ? none : found->second;
}

Profiles Profiles::read(const Options& options) {
  const fs::path config = file_of(options, "AWS_CONFIG_FILE", "config");
  const fs::path credentials = file_of(options, "AWS_SHARED_CREDENTIALS_FILE", "credentials");
  Profiles profiles;
  profiles.files_ = config.string() + ", " + credentials.string();
  profiles.add_file(config, true);
  profiles.add_file(credentials, false);
  return profiles;
}

void Profiles::add_file(const fs::path& file, bool is_config) {
  std::error_code ignored;
  if (file.empty() || !fs::exists(file, ignored)) return;
  Profile* profile = nullptr;
  bool in_section = false;
  int number = 0;
  for (const std::string& line : split(read_text(file), '\n')) {
    ++number;
    const std::string_view text = trim(line);
    if (text.empty() || text[0] == '#' || text[0] == ';') continue;
    const std::string where = file.string() + ":" + std::to_string(number);
    if (text[0] == '[') {
      const std::size_t end = text.find(']');
      if (end == std::string_view::npos) throw Error("']' is missing", where);
      const std::string name = profile_of(trim(text.substr(1, end - 1)), is_config);
      profile = name.empty() ? nullptr : &profiles_[name];
      if (profile != nullptr) profile->name = name;
      in_section = true;
      continue;
    }
    // An indented line belongs to the setting above it: "s3 =" and what it holds.
    if (line[0] == ' ' || line[0] == '\t') continue;
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos || !in_section) {
      throw Error(
          in_section ? "the line is not 'name = value'" : "a section, [default], is missing",
          where);
    }
    if (profile == nullptr) continue;
    profile->settings[to_lower(trim(text.substr(0, equals)))] = trim(text.substr(equals + 1));
  }
}

const Profile* Profiles::find(const std::string& name) const {
  const auto found = profiles_.find(name);
  return found == profiles_.end() ? nullptr : &found->second;
}

const Profile& Profiles::get(const std::string& name) const {
  const Profile* profile = find(name);
  if (profile != nullptr) return *profile;
  const std::vector<std::string> known = names();
  throw Error("there is no AWS profile '" + name + "'", files_,
              known.empty() ? "" : suggest(name, known));
}

std::vector<std::string> Profiles::names() const {
  std::vector<std::string> out;
  for (const auto& entry : profiles_) out.push_back(entry.first);
  return out;
}

std::string Profiles::chosen_name(const Options& options) {
  if (!options.profile.empty()) return options.profile;
  for (const char* name : {"AWS_PROFILE", "AWS_DEFAULT_PROFILE"}) {
    if (std::string given = options.text_of(name); !given.empty()) return given;
  }
  return "default";
}

}  // namespace quantbench::aws
