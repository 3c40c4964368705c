#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "quantbench/hub/backoff.h"
#include "quantbench/hub/http.h"
#include "quantbench/hub/options.h"
#include "quantbench/hub/repository.h"

namespace quantbench::hub {

/// A repository as the Hub describes it.
struct RepositoryInfo {
  /// Its name today: repositories are renamed, and old names lead to the new one.
  std::string id;
  std::string commit;
  std::vector<std::string> files;
};

/// A file of a commit.
struct FileMetadata {
  /// SHA-256 of a large file (LFS), Git's blob SHA-1 of any other; names the file in the cache.
  std::string etag;
  std::optional<std::uint64_t> size;
};

/// The repository, revision or file does not exist (or is hidden from this token).
class NotFound : public Error {
 public:
  using Error::Error;
};

/// The requests that the Hub answers (https://huggingface.co/docs/hub/api). The token goes to the
/// origin of Settings::endpoint and nowhere else, wherever a redirect leads.
///
/// Throws Unreachable, NotFound, Interrupted, and Error: access denied, an answer that is not the
/// Hub's.
class Client {
 public:
  /// `options` must outlive it.
  explicit Client(const Options& options) : options_(options) {}

  /// `/api/{models,datasets}/NAME/revision/REVISION`. `retries`: of passing faults.
  RepositoryInfo info(const Repository& repository, int retries);

  /// HEAD `/NAME/resolve/COMMIT/FILE`: X-Linked-Etag or ETag, X-Linked-Size or Content-Length, of
  /// the first answer that has them; redirects are followed up to the one that leaves the Hub.
  FileMetadata metadata(const Repository& repository, const std::string& id,
                        const std::string& commit, const std::string& file);

  /// One try at the bytes of a file from `offset` on. `sink` is told the position at which a piece
  /// belongs: 0 again when the server does not know ranges. Throws TransferError as well, and
  /// returns answers with a status that passes.
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
  /// Throws what an answer that is no success means.
  [[noreturn]] void refuse(const HttpResponse& response, const Repository& repository,
                           const std::string& file) const;

  const Options& options_;
  Http http_;
};

}  // namespace quantbench::hub
