#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace quantbench {

/// "https://huggingface.co:443": scheme, host in lower case, port (RFC 6454). nullopt unless the
/// text is an http or https address.
std::optional<std::string> origin_of(const std::string& url);

/// Resolves `location`, which may be relative, against `base` (RFC 3986, 5.2). nullopt unless the
/// result is an http or https address.
std::optional<std::string> join_url(const std::string& base, const std::string& location);

/// Percent-encodes everything except letters, digits, "-._~" and the characters of `keep`.
std::string percent_encoded(std::string_view text, std::string_view keep = "");

/// The address without secrets: user, password, query, fragment. "(no address)" if the text is not
/// an address.
std::string printable_url(const std::string& url);

}  // namespace quantbench
