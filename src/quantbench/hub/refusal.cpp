#include <fmt/format.h>

#include "quantbench/base/url.h"
#include "quantbench/hub/client.h"

namespace quantbench::hub {

namespace {

/// The server's message for the user: shortened, and without the token.
std::string said(const HttpResponse& response, const std::string& token) {
  const std::string text =
      without_secrets(response.header("x-error-message"), {token}).substr(0, 300);
  return text.empty() ? text : ": " + text;
}

}  // namespace

void Client::refuse(const HttpResponse& response, const Repository& repository,
                    const std::string& file) const {
  const Settings& settings = options_.settings;
  const std::string& code = response.header("x-error-code");
  const std::string what = repository.description();
  const std::string page = printable_url(settings.endpoint) +
                           (repository.type == RepositoryType::kModel ? "/" : "/datasets/") +
                           repository.name;
  const bool denied = response.status == 401 || response.status == 403;
  if (code == "GatedRepo") {
    throw Error(fmt::format("access to the gated {} is denied ({})", what, response.status), {},
                settings.token.empty()
                    ? "accept its terms on " + page + " and put your token into HF_TOKEN"
                    : "accept its terms on " + page + " with the account of your token");
  }
  if (code == "RevisionNotFound") {
    throw NotFound(fmt::format("{} has no revision '{}'", what, repository.revision), {},
                   "a branch, a tag or a commit's hash");
  }
  if (code == "EntryNotFound") throw NotFound(what + " has no file '" + file + "'");
  // Without a token the Hub answers 401 for missing repositories, to hide private ones.
  const bool maybe_hidden =
      response.status == 401 && (code == "RepoNotFound" || code.empty()) && settings.token.empty();
  if (response.status == 404 || code == "RepoNotFound" || maybe_hidden) {
    throw NotFound(
        fmt::format("no {} on {} ({})", what, printable_url(settings.endpoint), response.status),
        {},
        "did you mean a local directory? no directory has that name; a private "
        "repository needs a token in HF_TOKEN");
  }
  if (denied) {
    throw Error(fmt::format("access to {} is denied ({}){}", what, response.status,
                            said(response, settings.token)),
                {}, settings.token.empty() ? "put your token into HF_TOKEN" : "check the token");
  }
  throw Error(fmt::format("the Hub answers {} about {}{}", response.status,
                          file.empty() ? what : file + " of " + what,
                          said(response, settings.token)));
}

}  // namespace quantbench::hub
