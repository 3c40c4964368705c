#include "quantbench/base/url.h"

#include <curl/curl.h>

#include <memory>

#include "quantbench/base/text.h"

namespace quantbench {

namespace {

/// libcurl's parser: the checked address is the one that libcurl will connect to.
class Url {
 public:
  bool parse(const std::string& text) {
    return handle_ != nullptr && text.find('\0') == std::string::npos &&
           curl_url_set(handle_.get(), CURLUPART_URL, text.c_str(), 0) == CURLUE_OK;
  }

  std::string part(CURLUPart part, unsigned flags = 0) const {
    char* value = nullptr;
    if (curl_url_get(handle_.get(), part, &value, flags) != CURLUE_OK) return {};
    std::string out = value;
    curl_free(value);
    return out;
  }

  bool is_http() const {
    const std::string scheme = part(CURLUPART_SCHEME);
    return scheme == "http" || scheme == "https";
  }

  std::string origin() const {
    return part(CURLUPART_SCHEME) + "://" + to_lower(part(CURLUPART_HOST)) + ":" +
           part(CURLUPART_PORT, CURLU_DEFAULT_PORT);
  }

 private:
  std::unique_ptr<CURLU, void (*)(CURLU*)> handle_{curl_url(), curl_url_cleanup};
};

}  // namespace

std::optional<std::string> origin_of(const std::string& url) {
  Url parsed;
  if (!parsed.parse(url) || !parsed.is_http()) return std::nullopt;
  return parsed.origin();
}

std::optional<std::string> join_url(const std::string& base, const std::string& location) {
  Url parsed;
  if (!parsed.parse(base) || !parsed.parse(location) || !parsed.is_http()) return std::nullopt;
  return parsed.part(CURLUPART_URL);
}

std::string percent_encoded(std::string_view text, std::string_view keep) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (byte < 128 && std::isalnum(byte) != 0) ||
                       std::string_view("-._~").find(c) != std::string_view::npos;
    if (plain || keep.find(c) != std::string_view::npos) {
      out += c;
    } else {
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  return out;
}

std::string printable_url(const std::string& url) {
  Url parsed;
  if (!parsed.parse(url)) return "(no address)";
  const std::string port = parsed.part(CURLUPART_PORT);
  const std::string path = parsed.part(CURLUPART_PATH);
  return parsed.part(CURLUPART_SCHEME) + "://" + parsed.part(CURLUPART_HOST) +
         (port.empty() ? "" : ":" + port) + (path == "/" ? "" : path);
}

}  // namespace quantbench
