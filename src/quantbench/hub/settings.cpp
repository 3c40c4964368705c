#include "quantbench/hub/settings.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/base/text.h"
#include "quantbench/base/url.h"

namespace quantbench::hub {

namespace {

namespace fs = std::filesystem;

class Reader {
 public:
  explicit Reader(const Settings::Environment& variable) : variable_(variable) {}

  std::string text(const char* name) const { return variable_(name).value_or(std::string()); }

  bool is_true(const char* name) const {
    const std::string value = to_lower(text(name));
    return value == "1" || value == "on" || value == "yes" || value == "true";
  }

  /// A path with a leading ~ and $NAME or ${NAME} replaced.
  fs::path path(const char* name) const { return expand(text(name)); }

  fs::path home() const {
    const std::string home = text("HOME");
    if (home.empty()) {
      throw Error("neither HF_HOME nor HOME is set", "environment",
                  "HF_HOME is the directory that models and data sets are kept in");
    }
    return home;
  }

  fs::path hugging_face_home() const {
    if (const fs::path given = path("HF_HOME"); !given.empty()) return given;
    const fs::path caches = path("XDG_CACHE_HOME");
    return (caches.empty() ? home() / ".cache" : caches) / "huggingface";
  }

  fs::path cache() const {
    for (const char* name : {"HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"}) {
      if (const fs::path given = path(name); !given.empty()) return given;
    }
    return hugging_face_home() / "hub";
  }

  std::chrono::milliseconds seconds(const char* name, std::chrono::milliseconds fallback) const {
    const std::string value = text(name);
    if (value.empty()) return fallback;
    long number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc() || end != value.data() + value.size() || number < 1 ||
        number > 86400) {
      throw Error("'" + value + "' is not a number of seconds", name, "1 to 86400");
    }
    return std::chrono::seconds(number);
  }

  std::string token() const {
    if (is_true("HF_HUB_DISABLE_IMPLICIT_TOKEN")) return {};
    for (const char* name : {"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"}) {
      if (std::string found = clean(text(name), name); !found.empty()) return found;
    }
    fs::path file = path("HF_TOKEN_PATH");
    if (file.empty()) file = hugging_face_home() / "token";
    std::error_code ignored;
    if (!fs::is_regular_file(file, ignored)) return {};
    return clean(read_text(file), file.string());
  }

 private:
  std::string expand(const std::string& text) const {
    std::string out;
    std::size_t i = 0;
    if (text == "~" || text.starts_with("~/")) {
      out = home().string();
      i = 1;
    }
    while (i < text.size()) {
      const bool braced = text.compare(i, 2, "${") == 0;
      if (text[i] != '$') {
        out += text[i++];
        continue;
      }
      const std::size_t begin = i + (braced ? 2 : 1);
      std::size_t end = begin;
      while (end < text.size() &&
             (std::isalnum(static_cast<unsigned char>(text[end])) != 0 || text[end] == '_')) {
        ++end;
      }
      const auto value = variable_(text.substr(begin, end - begin).c_str());
      const std::size_t behind = end + (braced && end < text.size() && text[end] == '}' ? 1 : 0);
      // A name that is not set stays as it is written, as in a Python program.
      out += value && end > begin ? *value : text.substr(i, behind - i);
      i = std::max(behind, i + 1);
    }
    return out;
  }

  static std::string clean(const std::string& text, const std::string& where) {
    std::string token;
    for (const char c : trim(text)) {
      if (c == '\r' || c == '\n') continue;
      if (c <= ' ' || c > '~') {
        throw Error("the token contains a character that a token cannot have", where);
      }
      token += c;
    }
    return token;
  }

  const Settings::Environment& variable_;
};

}  // namespace

Settings Settings::from_environment(const Environment& variable) {
  const Reader reader(variable);
  Settings settings;
  if (std::string endpoint = reader.text("HF_ENDPOINT"); !endpoint.empty()) {
    while (endpoint.ends_with('/')) endpoint.pop_back();
    if (!origin_of(endpoint)) {
      // Without the value: it may hold a password.
      throw Error("not an http or https address", "HF_ENDPOINT", "https://huggingface.co, say");
    }
    settings.endpoint = endpoint;
  }
  settings.cache = reader.cache();
  settings.token = reader.token();
  settings.offline = reader.is_true("HF_HUB_OFFLINE") || reader.is_true("TRANSFORMERS_OFFLINE");
  settings.progress_bars = !reader.is_true("HF_HUB_DISABLE_PROGRESS_BARS");
  for (const char* name : {"CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE"}) {
    if (const fs::path given = reader.path(name); !given.empty()) {
      settings.authorities = given.string();
    }
  }
  settings.metadata_timeout = reader.seconds("HF_HUB_ETAG_TIMEOUT", settings.metadata_timeout);
  settings.download_timeout = reader.seconds("HF_HUB_DOWNLOAD_TIMEOUT", settings.download_timeout);
  return settings;
}

Settings Settings::from_environment() {
  return from_environment([](const char* name) -> std::optional<std::string> {
    const char* value = std::getenv(name);
    if (value == nullptr) return std::nullopt;
    return value;
  });
}

}  // namespace quantbench::hub
