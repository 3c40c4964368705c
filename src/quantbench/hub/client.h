#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "quantbench/base/http.h"
#include "quantbench/hub/backoff.h"
#include "quantbench/hub/options.h"
#include "quantbench/hub/repository.h"

namespace quantbench::hub {

/// A repository, as the Hub describes it.
struct RepositoryInfo {
  /// Its current name: old names of a renamed repository redirect to it.
  std::string id;
  std::string commit;
  std::vector<std::string> files;
};

/// A file of a commit.
struct FileMetadata {
  /// SHA-256 of a large file (LFS), Git's blob SHA-1 of others. It is the file's name in the cache.
  std::string etag;
  std::optional<std::uint64_t> size;
};

/// The repository, revision or file does not exist, or this token may not see it.
class NotFound : public Error {
 public:
  using Error::Error;
};

/// The Hub's HTTP API (https://huggingface.co/docs/hub/api). The token is sent only to the origin
/// of Settings::endpoint, even after redirects.
///
/// Throws Unreachable, NotFound, Interrupted, and Error: access denied, or an answer that does not
/// come from the Hub.
class Client {
 public:
  /// `options` must outlive the client.
  explicit Client(const Options& options) : options_(options) {}

  /// `/api/{models,datasets}/NAME/revision/REVISION`. `retries`: retries after temporary errors.
  /// Before the first answer, a server name that cannot be resolved counts as permanent.
  RepositoryInfo info(const Repository& repository, int retries);

  /// HEAD `/NAME/resolve/COMMIT/FILE`: X-Linked-Etag or ETag, X-Linked-Size or Content-Length, from
  /// the first answer that has them. Follows redirects until one leaves the Hub.
  FileMetadata metadata(const Repository& repository, const std::string& id,
                        const std::string& commit, const std::string& file);

  /// One try to get a file's bytes from `offset` on. `sink` gets each piece with its position,
  /// which starts again at 0 if the server does not support ranges. Also throws TransferError.
  /// Returns answers with a temporary error status.
  HttpResponse get(const Repository& repository, const std::string& id, const std::string& commit,
                   const std::string& file, std::uint64_t offset,
                   const std::function<void(std::uint64_t position, std::string_view piece)>& sink);

 private:
  HttpResponse follow(HttpRequest request,
                      const std::function<bool(const HttpResponse&, bool leaves)>& stop = {});
  HttpResponse follow_with_retries(
      const HttpRequest& request, int retries,
      const std::function<bool(const HttpResponse&, bool leaves)>& stop = {});
  std::string file_url(const Repository& repository, const std::string& id,
                       const std::string& commit, const std::string& file) const;
  /// Throws the error for a failed response.
  [[noreturn]] void refuse(const HttpResponse& response, const Repository& repository,
                           const std::string& file) const;

  const Options& options_;
  Http http_;
  bool answered_ = false;  ///< any request
};

}  // namespace quantbench::hub
