#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace quantbench::hub {

/// "https://huggingface.co:443": scheme, host in lower case, port (RFC 6454). nullopt when the text
/// is no http or https address.
std::optional<std::string> origin_of(const std::string& url);

/// `location`, which may be relative, seen from `base` (RFC 3986, 5.2). nullopt when it leads to
/// no http or https address.
std::optional<std::string> join_url(const std::string& base, const std::string& location);

/// Percent-encoding of everything but letters, digits, "-._~" and the characters of `keep`.
std::string quote(std::string_view text, std::string_view keep = "");

/// The address without what may be secret: user, password, query, fragment. What is no address
/// becomes "(no address)".
std::string printable_url(const std::string& url);

}  // namespace quantbench::hub
