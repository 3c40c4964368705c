#include "quantbench/hub/content_check.h"

#include <system_error>
#include <utility>

#include "quantbench/base/hash.h"

namespace quantbench::hub {

namespace fs = std::filesystem;

std::string content_fault(const fs::path& file, const std::string& etag) {
  constexpr std::size_t kSha256 = 64;
  constexpr std::size_t kSha1 = 40;
  std::string kind;
  std::string hash;
  if (is_hash(etag, kSha256)) {
    kind = "SHA-256";
    hash = sha256_file(file);
  } else if (is_hash(etag, kSha1)) {
    kind = "Git blob SHA-1";
    hash = git_blob_sha1_file(file);
  } else {
    return {};
  }
  return hash == etag ? std::string() : "its " + kind + " is " + hash;
}

std::optional<ChangedBlob> changed_blob(const fs::path& snapshot_file) {
  std::error_code failure;
  const fs::path target = fs::read_symlink(snapshot_file, failure);
  if (failure) return std::nullopt;
  const fs::path blob = (snapshot_file.parent_path() / target).lexically_normal();
  std::string fault = content_fault(blob, blob.filename().string());
  if (fault.empty()) return std::nullopt;
  return ChangedBlob{blob, std::move(fault)};
}

}  // namespace quantbench::hub
