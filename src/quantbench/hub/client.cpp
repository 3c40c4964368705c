#include "quantbench/hub/client.h"

#include <fmt/format.h>

#include <charconv>

#include "quantbench/base/json.h"
#include "quantbench/base/url.h"
#include "quantbench/base/version.h"

namespace quantbench::hub {

namespace {

constexpr int kMostRedirects = 10;

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// The value of an ETag header, weak or strong, without quotes.
std::string plain_etag(std::string_view header) {
  if (header.starts_with("W/")) header.remove_prefix(2);
  if (header.starts_with('"')) header.remove_prefix(1);
  if (header.ends_with('"')) header.remove_suffix(1);
  return std::string(header);
}

/// It becomes the name of a file.
bool is_usable_etag(const std::string& etag) {
  return !etag.empty() && etag.size() <= 200 && etag[0] != '.' && is_relative_file(etag) &&
         etag.find('/') == std::string::npos;
}

/// First byte of a 206's body: "bytes 100-199/200".
std::optional<std::uint64_t> range_start(const HttpResponse& response) {
  std::string_view range = response.header("content-range");
  if (!range.starts_with("bytes ")) return std::nullopt;
  range.remove_prefix(6);
  return number_of(range.substr(0, range.find('-')));
}

std::string api_path(const Repository& repository) {
  const char* kind = repository.type == RepositoryType::kModel ? "models" : "datasets";
  return fmt::format("/api/{}/{}/revision/{}", kind, percent_encoded(repository.name, "/"),
                     percent_encoded(repository.revision));
}

RepositoryInfo parse_info(const Json& json, const Repository& repository) {
  const std::string where = "the Hub's answer about " + repository.description();
  RepositoryInfo info;
  info.id = value_or<std::string>(json, "id", repository.name, where);
  info.commit = require<std::string>(json, "sha", where);
  if (!is_repository_name(info.id)) throw Error("'id' must be a repository name", where);
  if (!is_commit(info.commit)) throw Error("'sha' must be a commit hash", where);
  const auto siblings = json.find("siblings");
  if (siblings == json.end() || !siblings->is_array()) {
    throw Error("'siblings' must be a list of files", where);
  }
  for (const Json& sibling : *siblings) {
    if (!sibling.is_object()) throw Error("'siblings' must be a list of files", where);
    std::string file = require<std::string>(sibling, "rfilename", where);
    if (!is_relative_file(file)) throw Error("'" + file + "' is not a relative file name", where);
    info.files.push_back(std::move(file));
  }
  return info;
}

}  // namespace

HttpResponse Client::follow(HttpRequest request,
                            const std::function<bool(const HttpResponse&, bool)>& stop) {
  const auto home = origin_of(options_.settings.endpoint);
  const std::vector<std::string> given = request.headers;
  request.cancelled = [this] { return options_.cancelled(); };
  request.pace = options_.settings.pace;
  request.authorities = options_.settings.authorities;
  for (int hop = 0; hop <= kMostRedirects; ++hop) {
    request.headers = given;
    request.headers.push_back("User-Agent: quantbench/" + std::string(version()));
    // The announced size must be the size of the file.
    request.headers.emplace_back("Accept-Encoding: identity");
    if (!options_.settings.token.empty() && origin_of(request.url) == home) {
      request.headers.push_back("Authorization: Bearer " + options_.settings.token);
    }
    HttpResponse response = http_.send(request);
    answered_ = true;
    if (!response.is_redirect()) return response;
    const auto next = join_url(request.url, response.header("location"));
    if (!next) throw Error("the Hub redirects to an address that is not http");
    const auto origin = origin_of(*next);
    if (stop && stop(response, origin != origin_of(request.url))) return response;
    if (request.url.starts_with("https:") && !next->starts_with("https:")) {
      throw Error("the Hub redirects from https to http", printable_url(*next));
    }
    request.url = *next;
  }
  throw Error("the Hub redirects without end", printable_url(request.url));
}

HttpResponse Client::follow_with_retries(
    const HttpRequest& request, int retries,
    const std::function<bool(const HttpResponse&, bool)>& stop) {
  Backoff backoff(options_, retries);
  while (true) {
    try {
      HttpResponse response = follow(request, stop);
      if (!is_passing_status(response.status)) return response;
      backoff.wait_after(response);
    } catch (const NameNotResolved& error) {
      // Without network it stays so, and a mistyped path is often what was asked for.
      if (!answered_) backoff.give_up(error);
      backoff.wait_after(error);
    } catch (const TransferError& error) {
      backoff.wait_after(error);
    }
  }
}

RepositoryInfo Client::info(const Repository& repository, int retries) {
  HttpRequest request;
  request.url = options_.settings.endpoint + api_path(repository);
  request.stall = options_.settings.metadata_timeout;
  const HttpResponse response = follow_with_retries(request, retries);
  if (response.status != 200) refuse(response, repository, {});
  return parse_info(parse_json(response.body, "the Hub's answer about " + repository.description()),
                    repository);
}

FileMetadata Client::metadata(const Repository& repository, const std::string& id,
                              const std::string& commit, const std::string& file) {
  HttpRequest request;
  request.method = "HEAD";
  request.url = file_url(repository, id, commit, file);
  request.timeout = options_.settings.metadata_timeout;
  const auto etag_of = [](const HttpResponse& response) {
    const std::string& linked = response.header("x-linked-etag");
    return plain_etag(linked.empty() ? response.header("etag") : linked);
  };
  // The redirect to a large file's storage carries what is to be known of it.
  const HttpResponse response = follow_with_retries(
      request, options_.settings.retries, [&](const HttpResponse& redirect, bool leaves) {
        return leaves && !redirect.header("x-repo-commit").empty() && !etag_of(redirect).empty();
      });
  if (response.status != 200 && !response.is_redirect()) refuse(response, repository, file);
  const std::string what = file + " of " + repository.description();
  if (response.header("x-repo-commit").empty()) {
    throw Error("the answer about " + what + " does not come from a Hub (no X-Repo-Commit)",
                printable_url(options_.settings.endpoint), "check HF_ENDPOINT and the proxy");
  }
  if (response.header("x-repo-commit") != commit) {
    throw Error("the Hub answers with another commit of " + what);
  }
  FileMetadata metadata;
  metadata.etag = etag_of(response);
  if (!is_usable_etag(metadata.etag)) throw Error("the Hub gives no usable ETag of " + what);
  metadata.size = number_of(response.header("x-linked-size"));
  if (!metadata.size && !response.is_redirect()) {
    metadata.size = number_of(response.header("content-length"));
  }
  return metadata;
}

HttpResponse Client::get(
    const Repository& repository, const std::string& id, const std::string& commit,
    const std::string& file, std::uint64_t offset,
    const std::function<void(std::uint64_t position, std::string_view piece)>& sink) {
  HttpRequest request;
  request.url = file_url(repository, id, commit, file);
  request.stall = options_.settings.download_timeout;
  if (offset > 0) request.headers.push_back(fmt::format("Range: bytes={}-", offset));
  std::optional<std::uint64_t> position;
  request.sink = [&](const HttpResponse& so_far, std::string_view piece) {
    if (!position) {
      position = so_far.status == 206 ? range_start(so_far) : 0;
      if (!position) throw TransferError("the server sent a part and does not say which", false);
    }
    sink(*position, piece);
    *position += piece.size();
  };
  HttpResponse response = follow(request);
  const bool beyond_end = response.status == 416 && offset > 0;
  if (response.status != 200 && response.status != 206 && !beyond_end &&
      !is_passing_status(response.status)) {
    refuse(response, repository, file);
  }
  return response;
}

std::string Client::file_url(const Repository& repository, const std::string& id,
                             const std::string& commit, const std::string& file) const {
  const char* prefix = repository.type == RepositoryType::kModel ? "" : "datasets/";
  return fmt::format("{}/{}{}/resolve/{}/{}", options_.settings.endpoint, prefix,
                     percent_encoded(id, "/"), percent_encoded(commit), percent_encoded(file, "/"));
}

}  // namespace quantbench::hub
